"""Events that wait, out of one outbox and into another one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Final

import attrs

from portcall.outbox.clock import SECOND_US
from portcall.outbox.lane_plans import write_plan
from portcall.outbox.records import Entry, Lane, NewEvent, Wanted
from portcall.outbox.storage import OutboxStorage

PAGE: Final = 1000
REASON: Final = "its events are being moved to another outbox"


@attrs.frozen(kw_only=True)
class Moved:
    """What came of a move.

    Args:
        moved: Events that wait in the other outbox now.
        under_way: Events that a worker still had.
        dead_letters: Events that stay where they are, as nothing delivers them.
    """

    moved: int
    under_way: int
    dead_letters: int


def move_events(
    source: OutboxStorage, to: OutboxStorage, progress: Callable[[int], object] = int
) -> Moved:
    """Move the events that wait, in the order of their puts.

    The connections of the source are parked meanwhile, so that no worker sends what is moved; those that
    were parked before are parked in the other outbox, too. Killed at any point, it loses nothing, and the
    next move keeps no event twice.

    Args:
        source: Where the events are.
        to: Where they are to be.
        progress: Called with how many events were moved so far.

    Raises:
        OutboxError: One of the two cannot be used, or the other one is full; what was moved stays moved.
    """
    before = {each.name: each for each in source.status().connections}
    for name, each in before.items():
        if not each.parked:
            source.park(name, REASON)
        elif each.parked != REASON:
            to.park(name, each.parked, source.parked().get(name))
    moved = 0
    for ids in _chunks(_waiting(source)):
        entries = _entries(source, ids)
        _put(entries, source.place, to)
        source.drop([entry.id for entry in entries])
        moved += len(entries)
        progress(moved)
    after = source.status()
    for each in after.connections:
        if each.parked == REASON and not each.counts["under_way"]:
            source.release(each.name)
    dead = sum(after.counts[state] for state in ("rejected", "uncertain", "dead"))
    return Moved(moved=moved, under_way=after.counts["under_way"], dead_letters=dead)


def _waiting(source: OutboxStorage) -> list[int]:
    ids: list[int] = []
    before: int | None = None
    while page := source.entries(Wanted(states=("waiting",), before=before, limit=PAGE)):
        ids += [entry.id for entry in page]
        before = page[-1].id
    return ids[::-1]


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), PAGE):
        yield ids[start : start + PAGE]


def _entries(source: OutboxStorage, ids: Sequence[int]) -> list[Entry]:
    found = source.entries(Wanted(states=("waiting",), before=ids[-1] + 1, limit=len(ids)))
    return [entry for entry in reversed(found) if entry.id >= ids[0]]


def _put(entries: Sequence[Entry], place: str, to: OutboxStorage) -> None:
    for lane, several in groupby(entries, _lane):
        to.add(lane, [_new(entry, place) for entry in several])


def _lane(entry: Entry) -> Lane:
    return Lane(
        connection=entry.connection,
        action=entry.action,
        plan=write_plan(entry.plan),
        pipeline=entry.pipeline,
    )


def _new(entry: Entry, place: str) -> NewEvent:
    return NewEvent(
        data=json.dumps(entry.event, ensure_ascii=False, separators=(",", ":")),
        # Of a move that was killed, what was put and not dropped is known by this.
        message_id=entry.message_id or f"{place}:{entry.id}",
        ordering_key=entry.ordering_key,
        due_us=int(entry.due_at.timestamp() * SECOND_US),
    )
