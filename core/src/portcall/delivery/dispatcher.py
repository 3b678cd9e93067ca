"""One batch, or one event, until there is an outcome for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from threading import Event
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.attempt import DELIVERED, Attempt
from portcall.delivery.channel import Channel
from portcall.delivery.failures import outcome_of, splits, unread
from portcall.delivery.journal import Journal
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import Item
from portcall.delivery.reorder_buffer import numbered
from portcall.delivery.suspects import Suspect, Suspects
from portcall.errors import PortcallError

STOPPED: Final = "the delivery was stopped before this was sent"
index_of: Final = attrgetter("index")


class Dispatcher:
    """Sends the batches of one delivery; used by all workers at once.

    Args:
        plan: What is to be delivered.
        channel: The connection.
        stop: Set when nothing else is to be begun.
        journal: Hears what is sent.

    Attributes:
        broken: What ended the delivery: raised by the reading of events, or by the journal.
    """

    def __init__(
        self, plan: Plan, channel: Channel, stop: Event, journal: Journal | None = None
    ) -> None:
        self.broken: Final[list[Exception]] = []
        self.plan: Final = plan
        self.channel: Final = channel
        self.stop: Final = stop
        self.journal: Final = journal
        self.suspects: Final = Suspects(
            channel.serves, lambda *, last: not stop.is_set() and channel.check(last=last)
        )

    def send(self, items: Sequence[Item]) -> list[Outcome]:
        """Return an outcome for each item, in their order; raises nothing but `KeyboardInterrupt`."""
        if self.stop.is_set():
            return [Outcome("retry", item.index, STOPPED) for item in items]
        if self.journal is not None:
            try:
                self.journal.begun(list(map(index_of, items)))
            except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
                return self._unsent(items, exc)
        dispatch = Dispatch(self)
        dispatch.send(items)
        done = dispatch.done
        if self.suspects.waiting:
            refused = any(outcome.kind == "reauthorize" for outcome in done)
            done += self.judge(refused=refused)
        done.sort(key=index_of)
        return done

    def judge(self, *, refused: bool = False, last: bool = False) -> list[Outcome]:
        """Return the outcomes of those events that were refused with fresh credentials, if they are known.

        Args:
            refused: The credentials are known to be over.
            last: No other request is to come.
        """
        settled: list[Outcome] = []
        for suspect, outcome in self.suspects.judge(refused=refused, last=last):
            dispatch = Dispatch(self, suspect)
            if outcome.kind == "rejected" and self.plan.workers != 1 and not self.stop.is_set():
                # Another caller's renewal may have ended the credentials under this event's last try.
                dispatch.send(suspect.items)
            else:
                dispatch.finish(suspect.items, [outcome] * len(suspect.items))
            settled += dispatch.done
        return sorted(settled, key=index_of)

    def break_off(self, exc: Exception) -> None:
        """Begin nothing else; *exc* is raised when all that was sent has its outcome."""
        self.broken.append(exc)
        self.stop.set()

    def _unsent(self, items: Sequence[Item], exc: Exception) -> list[Outcome]:
        self.break_off(exc)
        reason = f"nothing was sent, as the journal cannot be written: {self.channel.reason(exc)}"
        now = self.plan.retry.now()
        return [Outcome("retry", item.index, reason, at=now) for item in items]

    def wait(self, attempts: int, at: datetime | None, ends_at: float) -> datetime | None:
        """Wait until another attempt; return the instant of one that has to be left to others."""
        retry = self.plan.retry
        pause_s = retry.pause_s(attempts, at)
        ends_at = min(ends_at, retry.until())
        if at is not None:
            ends_at = max(ends_at, retry.waits_until)
        late = retry.monotonic() + pause_s > ends_at or attempts >= retry.attempts
        if late:
            return at or retry.after(pause_s)
        (retry.sleep or self.stop.wait)(pause_s)
        return retry.now() if self.stop.is_set() else None


class Dispatch:
    """The attempts for one batch.

    Args:
        dispatcher: Of the delivery.
        suspect: What an event that is sent once more was refused for; a further refusal settles it.

    Attributes:
        done: The outcomes that there are.
        returned: What the action returned at the last attempt.
        raised: What the last attempt raised.
    """

    __slots__ = (
        "_attempts", "_dispatcher", "_ends_at", "_renewed", "_suspect", "done", "raised", "returned",
    )  # fmt: skip

    def __init__(self, dispatcher: Dispatcher, suspect: Suspect | None = None) -> None:
        retry = dispatcher.plan.retry
        self.done: list[Outcome] = []
        self.returned: object = None
        self.raised: BaseException | None = None
        self._dispatcher = dispatcher
        self._ends_at = retry.monotonic() + retry.timeout_s
        self._suspect = suspect
        self._renewed = False
        self._attempts = 0

    def send(self, items: Sequence[Item]) -> None:
        """Send, and send again what may be, until each item has its outcome."""
        waiting = items
        while waiting:
            self._attempts += 1
            self.raised = None
            attempt = Attempt(self._dispatcher.plan, self._dispatcher.channel, waiting)
            try:
                outcomes = attempt.call()
            except Exception as exc:  # noqa: BLE001  # a plugin may raise whatever it likes
                self.raised = exc
                waiting = self._failed(waiting, exc, attempt)
            else:
                self.returned = attempt.returned
                if outcomes[0] is DELIVERED:  # of one event, and nothing else to say
                    self.finish(waiting, outcomes)
                    break
                waiting = self._said(waiting, outcomes, attempt)

    def finish(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        """Settle items, and tell the journal; an outcome stands although it cannot be written down."""
        found = numbered(outcomes, map(index_of, items))
        self.done += found
        journal = self._dispatcher.journal
        if journal is not None and found:
            try:
                journal.ended(found)
            except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
                self._dispatcher.break_off(exc)

    def _failed(
        self, items: Sequence[Item], exc: BaseException, attempt: Attempt
    ) -> Sequence[Item]:
        """Settle a call that raised; return what is to be sent again."""
        if len(items) > 1 and splits(exc, attempt):
            self._halve(items)
            return ()
        outcome = self._outcome(exc, attempt)
        if attempt.is_suspect and outcome.kind == "reauthorize":
            if self._suspect is not None:
                self.finish(items, [self._suspect.cleared()] * len(items))
            else:
                self._dispatcher.suspects.add(Suspect(items, outcome))
            return ()
        if len(items) > 1 and unread(exc):
            outcome = Outcome.uncertain(outcome.reason)
        if outcome.kind == "retry" and outcome.fault is None:
            return self._again(list(items), [outcome] * len(items))
        self.finish(items, [outcome] * len(items))
        return ()

    def _halve(self, items: Sequence[Item]) -> None:
        """One bad item must not take the others with it: send them in two parts."""
        middle = len(items) // 2
        for part in (items[:middle], items[middle:]):
            self._attempts = 0
            if self._dispatcher.stop.is_set():
                self.finish(part, [Outcome.retry(STOPPED)] * len(part))
            else:
                self.send(part)

    def _said(
        self, items: Sequence[Item], outcomes: list[Outcome], attempt: Attempt
    ) -> Sequence[Item]:
        """Settle a call that returned; return what is to be sent again."""
        kinds: set[str] = {outcome.kind for outcome in outcomes}
        open_kinds = kinds & ({"retry"} if self._renewed else {"retry", "reauthorize"})
        if not open_kinds:
            self.finish(items, outcomes)
            return ()
        if "retry" in kinds:
            outcomes = [each if attempt.repeats(each) else _unclear(each) for each in outcomes]
        pairs = list(zip(items, outcomes, strict=True))
        settled = [pair for pair in pairs if pair[1].kind not in open_kinds]
        self.finish([item for item, _ in settled], [outcome for _, outcome in settled])
        fresh: list[Item] = []
        if "reauthorize" in open_kinds:
            fresh = self._renew([pair for pair in pairs if pair[1].kind == "reauthorize"], attempt)
        waiting = [pair for pair in pairs if pair[1].kind == "retry"]
        again = self._again([item for item, _ in waiting], [o for _, o in waiting])
        return sorted([*fresh, *again], key=index_of)

    def _renew(self, refused: list[tuple[Item, Outcome]], attempt: Attempt) -> list[Item]:
        """Return the items whose credentials were refused, if there are fresh ones."""
        self._renewed = True
        items = [item for item, _ in refused]
        try:
            if attempt.renew():
                return items
        except PortcallError as exc:
            self.raised = exc
            self.finish(items, [self._outcome(exc, attempt)] * len(items))
            return []
        self.finish(items, [outcome for _, outcome in refused])
        return []

    def _again(self, items: list[Item], outcomes: list[Outcome]) -> list[Item]:
        """Wait and return the items, or leave them to a later delivery."""
        if not items:
            return []
        asked = [_aware(outcome.at) for outcome in outcomes]
        latest = max((at for at in asked if at is not None), default=None)
        later = self._dispatcher.wait(self._attempts, latest, self._ends_at)
        if later is None:
            return items
        left = zip(outcomes, asked, strict=True)
        self.finish(items, [Outcome.retry(each.reason, at or later) for each, at in left])
        return []

    def _outcome(self, exc: BaseException, attempt: Attempt) -> Outcome:
        dispatcher = self._dispatcher
        return outcome_of(exc, attempt, dispatcher.plan.retry.now())


def _aware(at: object) -> datetime | None:
    """Return an instant that a plugin gave; one without a zone is in UTC."""
    if not isinstance(at, datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _unclear(outcome: Outcome) -> Outcome:
    return Outcome.uncertain(f"{outcome.reason}; it may have been applied")
