"""From a stream of events to batches that any events share: by count, by bytes and by age."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import inf
from time import monotonic
from typing import Any, Final, TypeAlias

from portcall.actions.outcomes import Outcome
from portcall.actions.payloads import Columns
from portcall.delivery.alike import settled
from portcall.delivery.batch import Batch
from portcall.delivery.batcher import WINDOW
from portcall.delivery.event_reader import EventReader
from portcall.delivery.idle import IDLE, Idle
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import Prepare, keeps_events

Grouped: TypeAlias = Iterator[Batch | Sequence[Outcome] | Idle]

_SKIPPED: Final = Outcome.skipped()


class Grouping:
    """The batch that is not full yet. Events go into it many at once, each where it can go at all.

    What one function, generated for action and mapping, makes of many events is put into the batch as it is;
    an event with something unusual is prepared by itself, with the same result.

    Args:
        plan: What is to be delivered.
        prepare: Prepares one event.
        now: Seconds that only go forward.
    """

    def __init__(self, plan: Plan, prepare: Prepare, now: Callable[[], float] = monotonic) -> None:
        batching = plan.batching
        if batching is None:
            raise TypeError("the action takes no batches")
        self._pack = plan.pack_many
        self._prepare = prepare
        self._now = now
        self._size = batching.size
        self._most = inf if batching.size_bytes is None else batching.size_bytes
        self._shares = batching.shares_payload
        self._keeps = keeps_events(plan)
        self._age_s = inf if plan.max_age_s is None else plan.max_age_s
        self._open: Batch | None = None
        self._used = 0
        self._due = 0
        self._leaves_at = inf

    def batches(self, reader: EventReader) -> Grouped:
        """Put events together as the action takes them; outcomes, and `IDLE`, go by.

        No batch waits for ever: after some events without another one for it, and when its oldest event
        has a certain age, it goes as it is.
        """
        while not reader.is_over:
            first = reader.index
            events, is_idle = reader.read(self._room(first), self._leaves_at)
            if events:
                yield from self._take(first, events)
            if is_idle:
                yield IDLE
            if self._open is not None and (
                (events and reader.index > self._due) or self._is_too_old()
            ):
                yield self._close(self._open)
        if self._open is not None:
            yield self._close(self._open)

    def _room(self, index: int) -> int:
        if self._open is None:
            return self._size
        return max(1, min(self._size - len(self._open), self._due - index + 1))

    def _is_too_old(self) -> bool:
        return self._leaves_at < inf and self._now() >= self._leaves_at

    def _take(self, first: int, events: list[Any]) -> Iterator[Batch | Sequence[Outcome]]:
        columns = self._pack(events)
        if columns.odd:
            outcomes = self._see_to_odd(first, events, columns)
        else:
            outcomes = settled(_SKIPPED, [first + place for place in columns.skipped])
        if outcomes:
            yield outcomes
        places: Sequence[int] = range(len(events))
        if outcomes:
            gone = {outcome.index - first for outcome in outcomes}
            places = [place for place in places if place not in gone]
        yield from self._fill(first, events, columns, places)

    def _see_to_odd(self, first: int, events: list[Any], columns: Columns) -> Sequence[Outcome]:
        """Prepare by themselves the events that could not go with the others; return all outcomes.

        The columns then have a row for each event that has no outcome.
        """
        outcomes = {place: Outcome("skipped", first + place) for place in columns.skipped}
        rows: dict[int, Batch] = {}
        for place in columns.odd:
            made = self._prepare(first + place, events[place])
            if isinstance(made, Outcome):
                outcomes[place] = made
            else:
                rows[place] = made
        columns.insert(
            {place: (one.datas[0], one.payloads[0]) for place, one in rows.items()}, outcomes
        )
        return [outcomes[place] for place in sorted(outcomes)]

    def _fill(
        self, first: int, events: list[Any], columns: Columns, places: Sequence[int]
    ) -> Iterator[Batch | Sequence[Outcome]]:
        """Put the rows of columns into batches; *places* says which events they are of."""
        at = 0
        while at < len(places):
            batch = self._open
            if batch is None:
                # The first event's payload is what layers see, so that it is made in any case.
                made = self._prepare(first + places[at], events[places[at]])
                if isinstance(made, Outcome):
                    yield (made,)
                else:
                    self._begin(made)
                    batch = made
                at += 1
            else:
                end = self._fitting(
                    columns.datas, at, min(len(places), at + self._size - len(batch))
                )
                if end == at:
                    yield self._close(batch)
                    continue
                batch.indexes += (
                    [first + place for place in places[at:end]]
                    if len(places) < len(events)
                    else range(first + at, first + end)
                )
                batch.datas += columns.datas[at:end]
                if not self._shares:
                    batch.payloads += columns.payloads[at:end]
                if self._keeps:
                    batch.events += [events[place] for place in places[at:end]]
                at = end
            if batch is not None and len(batch) >= self._size:
                yield self._close(batch)

    def _fitting(self, datas: Sequence[bytes], at: int, end: int) -> int:
        """Return the end of the rows that fit into the open batch, and count their bytes."""
        if self._most == inf:
            return end
        whole = sum(map(len, datas[at:end])) + end - at
        if self._used + whole <= self._most:
            self._used += whole
            return end
        for place in range(at, end):
            needed = len(datas[place]) + 1  # between two items stands a comma
            if self._used + needed > self._most:
                return place
            self._used += needed
        return end

    def _begin(self, batch: Batch) -> None:
        self._open = batch
        self._used = len(batch.datas[0])
        self._due = batch.indexes[0] + WINDOW * self._size
        self._leaves_at = self._now() + self._age_s if self._age_s < inf else inf

    def _close(self, batch: Batch) -> Batch:
        self._open, self._leaves_at = None, inf
        return batch
