"""One batch, or one event, until there is an outcome for each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from threading import Event
from typing import Any, Final

import attrs

from portcall.actions.callee import Callee
from portcall.actions.membership import membership_of
from portcall.actions.outcomes import Outcome, Outcomes, listed, numbered
from portcall.delivery.attempt import Attempt
from portcall.delivery.channel import Channel
from portcall.delivery.failures import outcome_of, splits, unread
from portcall.delivery.journal import Journal
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import Item
from portcall.errors import NotDeliveredError, PortcallError
from portcall.requests.client import Client

STOPPED: Final = "the delivery was stopped before this was sent"


class Dispatcher:
    """Sends items of one plan; used by all workers at once.

    Args:
        plan: What is to be delivered.
        channel: The connection.
        stop: Set when nothing else is to be begun.
        journal: Hears what is sent.
    """

    def __init__(
        self, plan: Plan, channel: Channel, stop: Event, journal: Journal | None = None
    ) -> None:
        self._plan = plan
        self._action = plan.action
        self.channel = channel
        self._stop = stop
        self._journal = journal
        self._batching = plan.batching
        self._callee: Callee = plan.callee
        self._repeatable = plan.repeatable

    def send(self, items: Sequence[Item]) -> list[Outcome]:
        """Return an outcome for each item, in their order; raises nothing but `KeyboardInterrupt`."""
        if self._stop.is_set():
            return [Outcome("retry", item.index, STOPPED) for item in items]
        if self._journal is not None:
            self._journal.begun([item.index for item in items])
        run = self._begin()
        run.send(items)
        return [run.done[item.index] for item in items]

    def perform(self, item: Item) -> object:
        """Send one item; return what the action returned, or raise what kept it from being delivered.

        Raises:
            NotDeliveredError: The action says so with an outcome of its own.
        """
        run = self._begin()
        run.send([item])
        outcome = run.done[item.index]
        if outcome.kind == "delivered":
            return run.returned
        raise run.raised or NotDeliveredError(
            outcome.reason, outcome.kind, outcome.field, outcome.at
        )

    def _begin(self) -> _Dispatch:
        retry = self._plan.retry
        return _Dispatch(self, retry.monotonic() + retry.timeout_s)

    @property
    def is_stopped(self) -> bool:
        """Nothing else is to be begun."""
        return self._stop.is_set()

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Tell the journal."""
        if self._journal is not None:
            self._journal.ended(outcomes)

    def call(self, items: Sequence[Item], attempt: Attempt) -> list[Outcome]:
        """Call the action's function once; return what it says about each item, or raise as it does."""
        given: dict[str, Any] = {
            "client": Client(attempt.send),
            "settings": self.channel.settings,
            "auth": attempt.auth,
            "saved": self._plan.saved,
            "sync_mode": self._plan.sync_mode,
        }
        asked = self._callee.names
        if "membership" in asked:
            given["membership"] = membership_of(items[0].event)
        if "idempotency_key" in asked:
            given["idempotency_key"] = self._key(items)
        if self._batching is None:
            given["payload"], given["event"] = items[0].payload, items[0].event
            attempt.returned = said = self._callee(given)
            return [self._clean(said) if isinstance(said, Outcome) else Outcome.delivered()]
        if "payloads" in asked:
            given["payloads"] = tuple([item.payload for item in items])
        if "events" in asked:
            given["events"] = tuple([item.event for item in items])
        if "items" in asked:
            given["items"] = tuple([item.data for item in items])
        return self._read(self._callee(given), len(items))

    def attempt(self, items: Sequence[Item]) -> Attempt:
        """Begin a call for these items."""
        return Attempt(self.channel, items[0].payload, repeatable=self._repeatable)

    def outcome(self, exc: BaseException, attempt: Attempt) -> Outcome:
        """Say what an exception means."""
        return outcome_of(exc, attempt, self.channel, self._plan.retry.now())

    def _clean(self, outcome: Outcome) -> Outcome:
        """Take secrets out of what an author wrote."""
        if not outcome.reason:
            return outcome
        return attrs.evolve(outcome, reason=self.channel.clean(outcome.reason))

    def wait(self, attempts: int, at: datetime | None, ends_at: float) -> datetime | None:
        """Wait until another attempt; return the instant of one that has to be left to others."""
        retry = self._plan.retry
        pause_s = retry.pause_s(attempts, at)
        late = retry.monotonic() + pause_s > ends_at or attempts >= retry.attempts
        if late:
            return at or retry.after(pause_s)
        (retry.sleep or self._stop.wait)(pause_s)
        return retry.now() if self._stop.is_set() else None

    def _key(self, items: Sequence[Item]) -> str:
        keys = [item.key(self._plan.salt) for item in items]
        return keys[0] if len(keys) == 1 else sha256("\n".join(keys).encode()).hexdigest()[:32]

    def _read(self, said: object, count: int) -> list[Outcome]:
        if isinstance(said, Outcomes):
            return [self._clean(each) if each.reason else each for each in listed(said, count)]
        what = f"{self._action.name}: its batch gave {type(said).__name__} and no Outcomes"
        return [Outcome.uncertain(what)] * count


class _Dispatch:
    """The attempts for one group of items."""

    def __init__(self, dispatcher: Dispatcher, ends_at: float) -> None:
        self.done: dict[int, Outcome] = {}
        self.returned: object = None
        self.raised: BaseException | None = None
        self._dispatcher = dispatcher
        self._ends_at = ends_at
        self._renewed = False
        self._attempts = 0

    def send(self, items: Sequence[Item]) -> None:
        """Send, and send again what may be, until each item has its outcome."""
        waiting = items
        while waiting:
            self._attempts += 1
            self.raised = None
            attempt = self._dispatcher.attempt(waiting)
            try:
                outcomes = self._dispatcher.call(waiting, attempt)
            except KeyboardInterrupt:
                raise
            except BaseException as exc:  # noqa: BLE001  # a plugin may raise whatever it likes
                self.raised = exc
                waiting = self._failed(waiting, exc, attempt)
            else:
                self.returned = attempt.returned
                waiting = self._said(waiting, outcomes, attempt)

    def _failed(
        self, items: Sequence[Item], exc: BaseException, attempt: Attempt
    ) -> Sequence[Item]:
        """Say what a call that raised means; return what is to be sent again."""
        if len(items) > 1 and splits(exc, attempt):
            self._halve(items)
            return ()
        outcome = self._dispatcher.outcome(exc, attempt)
        if len(items) > 1 and unread(exc):
            outcome = Outcome.uncertain(outcome.reason)
        if outcome.kind == "retry":
            return self._again(list(items), [outcome] * len(items))
        self._finish(items, [outcome] * len(items))
        return ()

    def _halve(self, items: Sequence[Item]) -> None:
        """One bad item must not take the others with it: send them in two parts."""
        middle = len(items) // 2
        for part in (items[:middle], items[middle:]):
            self._attempts = 0
            if self._dispatcher.is_stopped:
                self._finish(part, [Outcome.retry(STOPPED)] * len(part))
            else:
                self.send(part)

    def _said(
        self, items: Sequence[Item], outcomes: list[Outcome], attempt: Attempt
    ) -> Sequence[Item]:
        """Take the outcomes of a call that returned; return what is to be sent again."""
        kinds: set[str] = {outcome.kind for outcome in outcomes}
        open_kinds = kinds & ({"retry"} if self._renewed else {"retry", "reauthorize"})
        if not open_kinds:
            self._finish(items, outcomes)
            return ()
        pairs = list(zip(items, outcomes, strict=True))
        settled = [pair for pair in pairs if pair[1].kind not in open_kinds]
        self._finish([item for item, _ in settled], [outcome for _, outcome in settled])
        fresh: list[Item] = []
        if "reauthorize" in open_kinds:
            fresh = self._renew([pair for pair in pairs if pair[1].kind == "reauthorize"], attempt)
        waiting = [pair for pair in pairs if pair[1].kind == "retry"]
        again = self._again([item for item, _ in waiting], [o for _, o in waiting])
        return sorted([*fresh, *again], key=lambda item: item.index)

    def _renew(self, refused: list[tuple[Item, Outcome]], attempt: Attempt) -> list[Item]:
        """Return the items whose credentials were refused, if there are fresh ones."""
        self._renewed = True
        items = [item for item, _ in refused]
        try:
            if attempt.renew():
                return items
        except PortcallError as exc:
            self.raised = exc
            self._finish(items, [self._dispatcher.outcome(exc, attempt)] * len(items))
            return []
        self._finish(items, [outcome for _, outcome in refused])
        return []

    def _again(self, items: list[Item], outcomes: list[Outcome]) -> list[Item]:
        """Wait and give the items back, or leave them to a later delivery."""
        if not items:
            return []
        latest = max((o.at for o in outcomes if o.at is not None), default=None)
        later = self._dispatcher.wait(self._attempts, latest, self._ends_at)
        if later is None:
            return items
        self._finish(items, [Outcome.retry(o.reason, o.at or later) for o in outcomes])
        return []

    def _finish(self, items: Sequence[Item], outcomes: Sequence[Outcome]) -> None:
        indexes = [item.index for item in items]
        found = numbered(outcomes, indexes)
        self.done.update(zip(indexes, found, strict=True))
        if found:
            self._dispatcher.tell(found)
