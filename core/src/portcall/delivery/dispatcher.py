"""One batch, or one event, until there is an outcome for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import chain
from operator import attrgetter
from threading import Event
from typing import Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import settled
from portcall.delivery.attempt import DELIVERED, Attempt
from portcall.delivery.batch import Batch
from portcall.delivery.channel import Channel
from portcall.delivery.failures import outcome_of, splits, unread
from portcall.delivery.journal import Journal
from portcall.delivery.plan import Plan
from portcall.delivery.suspects import Suspect, Suspects
from portcall.errors import PortcallError
from portcall.turns import away

STOPPED: Final = "the delivery was stopped before this was sent"
index_of: Final = attrgetter("index")
_WELL: Final = frozenset({"delivered", "skipped"})
_OPEN: Final = frozenset({"retry", "reauthorize"})
_ONCE_RENEWED: Final = frozenset({"retry"})


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

    def send(self, batch: Batch) -> Sequence[Outcome]:
        """Return an outcome for each event, in their order; raises nothing but `KeyboardInterrupt`."""
        if self.stop.is_set():
            return settled(Outcome.retry(STOPPED), batch.indexes)
        if self.journal is not None:
            try:
                self.journal.begun(batch.indexes)
            except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
                return self._unsent(batch, exc)
        dispatch = Dispatch(self)
        dispatch.send(batch)
        done = dispatch.outcomes()
        if self.suspects.waiting:
            refused = any(outcome.kind == "reauthorize" for outcome in done)
            return sorted([*done, *self.judge(refused=refused)], key=index_of)
        return done

    def judge(self, *, refused: bool = False, last: bool = False) -> list[Outcome]:
        """Return the outcomes of those events that were refused with fresh credentials, if they are known.

        Args:
            refused: The credentials are known to be over.
            last: No other request is to come.
        """
        done: list[Outcome] = []
        for suspect, outcome in self.suspects.judge(refused=refused, last=last):
            dispatch = Dispatch(self, suspect)
            if outcome.kind == "rejected" and self.plan.workers != 1 and not self.stop.is_set():
                # Another caller's renewal may have ended the credentials under this event's last try.
                dispatch.send(suspect.batch)
            else:
                dispatch.finish(suspect.batch, outcome)
            done += dispatch.outcomes()
        return sorted(done, key=index_of)

    def break_off(self, exc: Exception) -> None:
        """Begin nothing else; *exc* is raised when all that was sent has its outcome."""
        self.broken.append(exc)
        self.stop.set()

    def _unsent(self, batch: Batch, exc: Exception) -> Sequence[Outcome]:
        self.break_off(exc)
        reason = f"nothing was sent, as the journal cannot be written: {self.channel.reason(exc)}"
        return settled(Outcome.retry(reason, self.plan.retry.now()), batch.indexes)

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
        with away():
            (retry.sleep or self.stop.wait)(pause_s)
        return retry.now() if self.stop.is_set() else None


class Dispatch:
    """The attempts for one batch.

    Args:
        dispatcher: Of the delivery.
        suspect: What an event that is sent once more was refused for; a further refusal settles it.

    Attributes:
        returned: What the action returned at the last attempt.
        raised: What the last attempt raised.
    """

    __slots__ = (
        "_attempt",
        "_attempts",
        "_dispatcher",
        "_done",
        "_ends_at",
        "_renewed",
        "_suspect",
        "raised",
        "returned",
    )  # fmt: skip

    def __init__(self, dispatcher: Dispatcher, suspect: Suspect | None = None) -> None:
        retry = dispatcher.plan.retry
        self._done: list[Sequence[Outcome]] = []
        self.returned: object = None
        self.raised: BaseException | None = None
        self._dispatcher = dispatcher
        self._ends_at = retry.monotonic() + retry.timeout_s
        self._suspect = suspect
        self._renewed = False
        self._attempts = 0
        self._attempt: Attempt | None = None

    def outcomes(self) -> Sequence[Outcome]:
        """Return the outcomes that there are, in the order of the events."""
        if len(self._done) == 1:
            return self._done[0]
        return sorted(chain.from_iterable(self._done), key=index_of)

    def send(self, batch: Batch) -> None:
        """Send, and send again what may be, until each event has its outcome."""
        waiting: Batch | None = batch
        while waiting is not None:
            self._attempts += 1
            self.raised = None
            attempt = Attempt(self._dispatcher.plan, self._dispatcher.channel, waiting)
            self._attempt = attempt
            try:
                outcomes = attempt.call()
            except Exception as exc:  # noqa: BLE001  # a plugin may raise whatever it likes
                self.raised = exc
                waiting = self._failed(waiting, exc, attempt)
            else:
                self.returned = attempt.returned
                if outcomes is DELIVERED:  # of one event, and nothing else to say
                    self.finish(waiting, outcomes)
                    break
                waiting = self._said(waiting, outcomes, attempt)

    def finish(self, batch: Batch, outcomes: Outcome | Sequence[Outcome]) -> None:
        """Settle events, and tell the journal; an outcome stands although it cannot be written down.

        Args:
            batch: The events.
            outcomes: What became of all of them, or of each.
        """
        if self._dispatcher.channel.keeps_exchanges:
            outcomes = self._told(outcomes)
        found = settled(outcomes, batch.indexes)
        self._done.append(found)
        journal = self._dispatcher.journal
        if journal is not None:
            try:
                journal.ended(found)
            except Exception as exc:  # noqa: BLE001  # raised again when all that was sent has outcomes
                self._dispatcher.break_off(exc)

    def _told(self, outcomes: Outcome | Sequence[Outcome]) -> Outcome | Sequence[Outcome]:
        """Return outcomes that have the last request and its answer, where events were not delivered."""
        attempt = self._attempt
        each = (outcomes,) if isinstance(outcomes, Outcome) else outcomes
        if attempt is None or all(one.kind in _WELL or one.exchange for one in each):
            return outcomes
        exchange = attempt.exchange()
        told = [
            one if one.kind in _WELL or one.exchange else attrs.evolve(one, exchange=exchange)
            for one in each
        ]
        return told[0] if isinstance(outcomes, Outcome) else told

    def _failed(self, batch: Batch, exc: BaseException, attempt: Attempt) -> Batch | None:
        """Settle a call that raised; return what is to be sent again."""
        if len(batch) > 1 and splits(exc, attempt):
            self._halve(batch)
            return None
        outcome = self._outcome(exc, attempt)
        if attempt.is_suspect and outcome.kind == "reauthorize":
            if self._suspect is not None:
                self.finish(batch, self._suspect.cleared())
            else:
                if self._dispatcher.channel.keeps_exchanges:
                    outcome = attrs.evolve(outcome, exchange=attempt.exchange())
                self._dispatcher.suspects.add(Suspect(batch, outcome))
            return None
        if len(batch) > 1 and unread(exc):
            outcome = Outcome.uncertain(outcome.reason)
        if outcome.kind == "retry" and outcome.fault is None:
            return batch if self._waited(batch, [outcome] * len(batch)) else None
        self.finish(batch, outcome)
        return None

    def _halve(self, batch: Batch) -> None:
        """One bad event must not take the others with it: send them in two parts."""
        count = len(batch)
        for places in (range(count // 2), range(count // 2, count)):
            part = batch.picked(places)
            self._attempts = 0
            if self._dispatcher.stop.is_set():
                self.finish(part, Outcome.retry(STOPPED))
            else:
                self.send(part)

    def _said(
        self, batch: Batch, outcomes: Outcome | Sequence[Outcome], attempt: Attempt
    ) -> Batch | None:
        """Settle a call that returned; return what is to be sent again."""
        each = (outcomes,) if isinstance(outcomes, Outcome) else outcomes
        kinds: set[str] = {outcome.kind for outcome in each}
        open_kinds = kinds & (_ONCE_RENEWED if self._renewed else _OPEN)
        if not open_kinds:
            self.finish(batch, outcomes)
            return None
        each = list(each) if len(each) == len(batch) else [*each] * len(batch)
        if "retry" in kinds:
            each = [one if attempt.repeats(one) else _unclear(one) for one in each]
        places = {
            kind: [place for place, one in enumerate(each) if one.kind == kind]
            for kind in open_kinds
        }
        over = [place for place, one in enumerate(each) if one.kind not in open_kinds]
        if over:
            self.finish(batch.picked(over), [each[place] for place in over])
        again: list[int] = []
        refused = places.get("reauthorize", [])
        if refused and self._renews(batch.picked(refused), [each[p] for p in refused], attempt):
            again += refused
        waiting = places.get("retry", [])
        if waiting and self._waited(batch.picked(waiting), [each[p] for p in waiting]):
            again += waiting
        return batch.picked(sorted(again)) if again else None

    def _renews(self, batch: Batch, outcomes: Sequence[Outcome], attempt: Attempt) -> bool:
        """Return whether there are fresh credentials for events that were refused; else settle them."""
        self._renewed = True
        try:
            if attempt.renew():
                return True
        except PortcallError as exc:
            self.raised = exc
            self.finish(batch, self._outcome(exc, attempt))
            return False
        self.finish(batch, outcomes)
        return False

    def _waited(self, batch: Batch, outcomes: Sequence[Outcome]) -> bool:
        """Wait until events may be sent again, or leave them to a later delivery and return False."""
        asked = [_aware(outcome.at) for outcome in outcomes]
        latest = max((at for at in asked if at is not None), default=None)
        later = self._dispatcher.wait(self._attempts, latest, self._ends_at)
        if later is None:
            return True
        left = zip(outcomes, asked, strict=True)
        self.finish(batch, [Outcome.retry(each.reason, at or later) for each, at in left])
        return False

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
