"""One claim: its events delivered, their outcomes written down as they come."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from threading import Lock
from time import monotonic
from typing import Any, Final

from portcall.actions.outcomes import Outcome
from portcall.delivery import Alike, Channel, Delivery, Plan, Retry, deliver
from portcall.delivery.dispatcher import STOPPED
from portcall.outbox.clock import SECOND_US
from portcall.outbox.records import Claim, ClaimedEvent, Settlement, State
from portcall.outbox.storage import LeaseLostError, OutboxStorage
from portcall.outbox.watched_channel import Watch

FLUSH_S: Final = 0.25
"""Outcomes of events that may be sent twice are written down after so long, together."""

_STATES: Final[dict[str, State]] = {
    "delivered": "delivered",
    "skipped": "skipped",
    "rejected": "rejected",
    "uncertain": "uncertain",
}


class ClaimDelivery:
    """Delivers the events of one claim. It is the `Journal` of its delivery where none may be sent twice.

    Args:
        storage: Where the claim is from.
        claim: The events.
        plan: What to do with them.
        channel: The connection.
        retry: How often, for how long and with which pauses one event is tried.

    Attributes:
        watch: What the requests have shown.
        counts: How many events have which outcome.
        reauthorize: Why a person has to authorize the connection again; empty if none has to.
    """

    def __init__(
        self, storage: OutboxStorage, claim: Claim, plan: Plan, channel: Channel, retry: Retry
    ) -> None:
        self._storage: Final = storage
        self._claim: Final = claim
        self._plan: Final = plan
        self._retry: Final = retry
        self._lock: Final = Lock()
        self._open: Final = dict(enumerate(claim.events))
        self._pending: list[Settlement] = []
        self._flushed_at = monotonic()
        self.counts: dict[str, int] = {}
        self.reauthorize = ""
        self.watch: Final = Watch(channel, self.stop)
        journal = None if plan.repeatable else self
        self._delivery: Final[Delivery] = deliver(
            plan, self.watch.channel(), self._events(), journal
        )

    def stop(self) -> None:
        """Begin nothing else; what is under way is finished."""
        self._delivery.stop()

    def run(self) -> None:
        """Deliver; when this returns, every outcome is written down.

        Raises:
            OutboxError: An outcome cannot be written down.
        """
        try:
            for outcomes in self._delivery.several():
                self._collect(outcomes)
                if monotonic() - self._flushed_at > FLUSH_S:
                    self._flush()
        except LeaseLostError:
            pass  # others have what was not sent yet
        finally:
            self._flush()

    def begun(self, indexes: Sequence[int]) -> None:
        """Write down what is about to be sent, and what became of what was sent before."""
        self._flush([self._claim.events[index].id for index in indexes])

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Take outcomes as soon as they are known."""
        self._collect(outcomes)

    def _events(self) -> Iterator[Any]:
        for event in self._claim.events:
            yield json.loads(event.data)

    def _flush(self, begun: Sequence[int] = ()) -> None:
        with self._lock:
            pending, self._pending = self._pending, []
        if pending or begun:
            self._storage.note(self._claim, pending, begun)
        self._flushed_at = monotonic()

    def _collect(self, outcomes: Sequence[Outcome]) -> None:
        with self._lock:
            if isinstance(outcomes, Alike):
                self._settle(outcomes.outcome, outcomes.indexes)
                return
            for outcome in outcomes:
                self._settle(outcome, (outcome.index,))

    def _settle(self, outcome: Outcome, indexes: Sequence[int]) -> None:
        events = [event for index in indexes if (event := self._open.pop(index, None)) is not None]
        if not events:
            return  # the journal has heard of them before
        if outcome.kind == "retry":
            for event in events:
                self._again(outcome, event)
            return
        self.counts[outcome.kind] = self.counts.get(outcome.kind, 0) + len(events)
        ids = [event.id for event in events]
        if outcome.kind == "reauthorize":
            self.reauthorize = outcome.reason or "the destination refused the credentials"
            settlement = Settlement(
                ids=ids,
                state="waiting",
                outcome="reauthorize",
                reason=outcome.reason,
                is_tried=False,
            )
        else:
            settlement = Settlement(
                ids=ids,
                state=_STATES[outcome.kind],
                reason=outcome.reason,
                field=outcome.field,
            )
        self._pending.append(settlement)

    def _again(self, outcome: Outcome, event: ClaimedEvent) -> None:
        """Let an event wait for another attempt, or end it when it has had all of them."""
        if outcome.reason == STOPPED:
            self._pending.append(Settlement(ids=[event.id], state="waiting", is_tried=False))
            return
        retry, attempts = self._retry, event.attempts + 1
        now_us = self._storage.clock.now_us()
        due_us = now_us + int(retry.pause_s(attempts, outcome.at) * SECOND_US)
        is_late = due_us - event.put_us > retry.timeout_s * SECOND_US
        kind = "dead" if is_late or attempts >= retry.attempts else "retry"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if kind == "dead":
            tried = f"tried {attempts} times" if attempts > 1 else "tried once"
            self._pending.append(
                Settlement(ids=[event.id], state="dead", reason=f"{tried}; {outcome.reason}")
            )
            return
        self._pending.append(
            Settlement(
                ids=[event.id],
                state="waiting",
                outcome="retry",
                reason=outcome.reason,
                due_us=due_us,
            )
        )
