"""One claim: its events are delivered, and their outcomes recorded as they come."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from threading import Lock
from time import monotonic
from typing import Any, Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike
from portcall.delivery.batch import KeyedEvent
from portcall.delivery.channel import Channel
from portcall.delivery.delivery import Delivery
from portcall.delivery.dispatcher import STOPPED
from portcall.delivery.engine import deliver
from portcall.delivery.latency import SAMPLES
from portcall.delivery.plan import Plan
from portcall.delivery.quick_json import quick_array
from portcall.delivery.retry import Retry
from portcall.outbox.clock import SECOND_US
from portcall.outbox.records import SEPARATOR, Claim, Settlement, State
from portcall.outbox.storage import LeaseLostError, OutboxStorage
from portcall.outbox.watched_channel import Watch
from portcall.turns import away

FLUSH_S: Final = 0.25
"""Outcomes of events that may be sent twice are recorded together after so long."""

_TOGETHER: Final = 64
"""So many events of a claim are read at a time."""

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
        pending: Outcomes that are not recorded yet.
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
        self._writing: Final = Lock()
        self._is_open = bytearray(b"\x01") * len(claim.ids)
        self._begun: set[int] = set()
        self._noted: Final[set[int]] = set()
        self.pending: list[Settlement] = []
        self._flushed_at = monotonic()
        self.counts: dict[str, int] = {}
        self.reauthorize = ""
        self.watch: Final = Watch(channel, self.stop)
        journal = None if plan.repeatable else self
        self._delivery: Final[Delivery] = deliver(
            plan,
            self.watch.channel(),
            _events_of(claim, plan),
            journal,
            in_turn=_is_short(claim, plan),
        )

    def stop(self) -> None:
        """Begin nothing else; what is under way is finished."""
        self._delivery.stop()

    def run(self) -> None:
        """Deliver; outcomes that `pending` has at the end are still to be recorded.

        Raises:
            OutboxError: An outcome cannot be recorded.
        """
        with suppress(LeaseLostError):  # others have what was not sent yet
            for outcomes in self._delivery.several():
                self._collect(outcomes)
                if monotonic() - self._flushed_at > FLUSH_S:
                    self._flush()

    def begun(self, indexes: Sequence[int]) -> None:
        """Record which events are about to be sent, and the outcomes of those sent before."""
        with self._lock:
            self._begun.update(indexes)
        # The first of the threads that wait here records what all of them have.
        with away(), self._writing:
            if not self._noted.issuperset(indexes):
                self._write()

    def ended(self, outcomes: Sequence[Outcome]) -> None:
        """Take outcomes as soon as they are known."""
        self._collect(outcomes)

    def _flush(self) -> None:
        with away(), self._writing:
            self._write()

    def _write(self) -> None:
        """Record what there is, one thread at a time.

        An event that is noted as being sent must not have its outcome in the outbox already: that would
        look like a lease that was lost.
        """
        with self._lock:
            pending, self.pending = self.pending, []
            begun = tuple(self._begun)
        if pending or begun:
            try:
                self._storage.note(self._claim, pending, [self._claim.ids[i] for i in begun])
            except BaseException:
                with self._lock:
                    # The end of the claim writes them: an event without an outcome would be sent again.
                    self.pending[:0] = pending
                raise
        self._noted.update(begun)
        self._flushed_at = monotonic()

    def _collect(self, outcomes: Sequence[Outcome]) -> None:
        with self._lock:
            if isinstance(outcomes, Alike):
                self._settle(outcomes.outcome, outcomes.indexes)
                return
            for outcome in outcomes:
                self._settle(outcome, (outcome.index,))

    def _settle(self, outcome: Outcome, indexes: Sequence[int]) -> None:
        is_open = self._is_open
        indexes = [index for index in indexes if is_open[index]]
        if not indexes:
            return  # the journal has heard of them before
        for index in indexes:
            is_open[index] = 0
        self._begun.difference_update(indexes)
        if outcome.kind == "retry":
            self._again(outcome, indexes)
            return
        self._count(outcome.kind, len(indexes))
        ids = [self._claim.ids[index] for index in indexes]
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
                exchange=outcome.exchange,
            )
        self.pending.append(settlement)

    def _again(self, outcome: Outcome, indexes: Sequence[int]) -> None:
        """Let events wait for another attempt, or end those that have had all of theirs."""
        if outcome.reason == STOPPED:
            return  # they wait as they did
        claim, retry = self._claim, self._retry
        now_us = self._storage.clock.now_us()
        groups: dict[tuple[str, int], list[int]] = {}
        for index in indexes:
            attempts = claim.attempts[index] + 1
            age_s = (now_us - claim.put_us[index]) / SECOND_US
            is_over = attempts >= retry.attempts or age_s > retry.timeout_s
            groups.setdefault(("dead" if is_over else "retry", attempts), []).append(index)
        for (kind, attempts), several in groups.items():
            ids = [claim.ids[index] for index in several]
            self._count(kind, len(ids))
            if kind == "dead":
                tried = f"tried {attempts} times" if attempts > 1 else "tried once"
                reason = f"{tried}; {outcome.reason}"
                dead = Settlement(ids=ids, state="dead", reason=reason, exchange=outcome.exchange)
                self.pending.append(dead)
                continue
            # Together, as they may be one batch again.
            due_us = now_us + int(retry.pause_s(attempts, outcome.at) * SECOND_US)
            self.pending.append(
                Settlement(
                    ids=ids, state="waiting", outcome=kind, reason=outcome.reason, due_us=due_us
                )
            )

    def _count(self, kind: str, events: int) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + events


def _is_short(claim: Claim, plan: Plan) -> bool:
    """Return whether a claim is fewer calls than it takes to find out how many are worth their while.

    Threads of their own would then cost more than they gain: another claim of the connection is under way
    meanwhile, and takes the time of waiting.
    """
    if plan.workers is not None:
        return False
    batching, events = plan.batching, len(claim.ids)
    if batching is None or batching.keys or batching.by_membership:
        return events < SAMPLES
    calls = -(-events // batching.size)
    if batching.size_bytes is not None:
        calls = max(calls, 2 * len(claim.data) // batching.size_bytes)
    return calls < SAMPLES


def _events_of(claim: Claim, plan: Plan) -> Iterable[Any]:
    """Return the events of a claim, with keys that are the same at every attempt where keys are asked for."""
    events = read_events(claim.data)
    if "idempotency_key" not in plan.callee.names:
        return events
    return map(_keyed, events, claim.ids, claim.put_us)


def _keyed(event: Any, event_id: int, put_us: int) -> KeyedEvent:
    keyed = KeyedEvent(event)
    keyed.delivery_key = f"outbox-{put_us}-{event_id}"
    return keyed


def read_events(data: str) -> Iterator[Any]:
    """Read the events of a claim as they are asked for.

    A few at a time are in the processor's cache until they are sent, and gone before Python looks for cycles.

    Args:
        data: One JSON array.
    """
    lines, given = data[1:-1].split(SEPARATOR), 0
    for start in range(0, len(lines), _TOGETHER):
        try:
            few = _read(f"[{','.join(lines[start : start + _TOGETHER])}]")
        except ValueError:  # the separator stands within an event
            yield from _read(data)[given:]
            return
        given += len(few)
        yield from few


def _read(data: str) -> list[Any]:
    events = quick_array(data.encode("utf-8", "surrogatepass"))
    return json.loads(data) if events is None else events
