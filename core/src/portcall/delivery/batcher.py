"""From a stream of items to batches: by key, by count, by bytes and by age, within a window."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from math import inf
from time import monotonic
from typing import Final, TypeAlias

from portcall.actions.batching import Batching
from portcall.actions.outcomes import Outcome
from portcall.delivery.batch_keys import item_key
from portcall.delivery.idle import IDLE, Idle
from portcall.delivery.preparing import Item

Batch: TypeAlias = list[Item]
Prepared: TypeAlias = Iterable[Item | Outcome | Idle]
Batched: TypeAlias = Iterator[Batch | Outcome | Idle]

WINDOW: Final = 4
"""A batch waits until this many times its size of events have gone by."""


def batches(
    prepared: Prepared,
    batching: Batching,
    max_age_s: float | None = None,
    now: Callable[[], float] = monotonic,
) -> Batched:
    """Put items together as the action takes them; outcomes, and `IDLE`, go by.

    No batch waits for ever: after some events without another item for it, and when its oldest item has a
    certain age, it goes as it is.

    Args:
        prepared: The items; what is `IDLE` lets batches go by their age while none comes.
        batching: The bounds by count and bytes, and the keys.
        max_age_s: Seconds since a batch's first item; None for no bound by time.
        now: Seconds that only go forward.
    """
    if batching.keys or batching.by_membership:
        yield from Batcher(batching, max_age_s, now).batches(prepared)
    elif max_age_s is None:
        yield from _together(prepared, batching, inf, _never)
    else:
        yield from _together(prepared, batching, max_age_s, now)


def _never() -> float:
    return 0.0


def _together(
    prepared: Prepared, batching: Batching, max_age_s: float, now: Callable[[], float]
) -> Batched:
    """The usual case, in which any item goes with any other: one batch is open at a time."""
    size, most = batching.size, inf if batching.size_bytes is None else batching.size_bytes
    shares, timed = batching.shares_payload, max_age_s < inf
    batch: Batch = []
    used, due = -1, 0  # between two items stands a comma, before the first does not
    leaves_at = inf
    for each in prepared:
        if isinstance(each, Item):
            needed = len(each.data) + 1
            if used + needed > most and batch:
                yield batch
                batch, used = [], -1
            if not batch:
                due = each.index + WINDOW * size
                leaves_at = now() + max_age_s
            elif shares:
                each.payload = batch[0].payload
            batch.append(each)
            used += needed
        else:
            yield each
        if batch and (
            len(batch) >= size
            or (each is not IDLE and each.index >= due)
            or (timed and now() >= leaves_at)
        ):
            yield batch
            batch, used = [], -1
    if batch:
        yield batch


class Batcher:
    """The batches that are not full yet, the one that waits longest first."""

    def __init__(
        self,
        batching: Batching,
        max_age_s: float | None = None,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._max_age_s = max_age_s
        self._now = now
        self._since: dict[Hashable, float] = {}
        self._size = batching.size
        self._bytes = batching.size_bytes
        self._shares = batching.shares_payload
        self._window = WINDOW * batching.size
        self._key = item_key(batching)
        self._open: dict[Hashable, Batch] = {}
        self._used: dict[Hashable, int] = {}
        self._due = 0

    def batches(self, prepared: Prepared) -> Batched:
        for each in prepared:
            if isinstance(each, Item):
                yield from self._add(each)
            else:
                yield each
            if each is not IDLE and each.index >= self._due and self._open:
                yield self._close(next(iter(self._open)))
            if self._max_age_s is not None:
                yield from self._too_old(self._now() - self._max_age_s)
        while self._open:
            yield self._close(next(iter(self._open)))

    def _add(self, item: Item) -> Sequence[Batch]:
        """Put an item where it belongs; return the batches that are full now."""
        key = self._key(item)
        batch, full = self._open.get(key), []
        needed = len(item.data) + 1
        if batch is not None and self._bytes is not None and self._used[key] + needed > self._bytes:
            full.append(self._close(key))
            batch = None
        if batch is None:
            batch = self._begin(key, item)
            self._used[key] = -1  # between two items stands a comma, before the first does not
        elif self._shares:
            item.payload = batch[0].payload
        batch.append(item)
        self._used[key] += needed
        if len(batch) >= self._size:
            full.append(self._close(key))
        return full

    def _too_old(self, begun: float) -> Iterator[Batch]:
        """Close the batches that have begun at an instant or before it."""
        while self._since and next(iter(self._since.values())) <= begun:
            yield self._close(next(iter(self._since)))

    def _begin(self, key: Hashable, item: Item) -> Batch:
        if not self._open:
            self._due = item.index + self._window
        batch: Batch = []
        self._open[key] = batch
        if self._max_age_s is not None:
            self._since[key] = self._now()
        return batch

    def _close(self, key: Hashable) -> Batch:
        batch = self._open.pop(key)
        self._since.pop(key, None)
        oldest = next(iter(self._open.values()), None)
        if oldest is not None:
            self._due = oldest[0].index + self._window
        return batch
