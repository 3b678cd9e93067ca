"""From a stream of items to batches: by key, by count and by bytes, within a window."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from math import inf
from typing import Final, TypeAlias

from portcall.actions.batching import Batching
from portcall.actions.outcomes import Outcome
from portcall.delivery.batch_keys import item_key
from portcall.delivery.preparing import Item

Batch: TypeAlias = list[Item]

WINDOW: Final = 4
"""A batch waits until this many times its size of events have gone by."""


def batches(prepared: Iterable[Item | Outcome], batching: Batching) -> Iterator[Batch | Outcome]:
    """Put items together as the action takes them; outcomes go by.

    No batch waits for ever: after some events without another item for it, it goes as it is.
    """
    if batching.keys or batching.by_membership:
        yield from Batcher(batching).batches(prepared)
    else:
        yield from _together(prepared, batching)


def _together(prepared: Iterable[Item | Outcome], batching: Batching) -> Iterator[Batch | Outcome]:
    """The usual case, in which any item goes with any other: one batch is open at a time."""
    size, most = batching.size, inf if batching.size_bytes is None else batching.size_bytes
    shares = batching.shares_payload
    batch: Batch = []
    used, due = -1, 0  # between two items stands a comma, before the first does not
    for each in prepared:
        if isinstance(each, Item):
            needed = len(each.data) + 1
            if used + needed > most and batch:
                yield batch
                batch, used = [], -1
            if not batch:
                due = each.index + WINDOW * size
            elif shares:
                each.payload = batch[0].payload
            batch.append(each)
            used += needed
        else:
            yield each
        if batch and (len(batch) >= size or each.index >= due):
            yield batch
            batch, used = [], -1
    if batch:
        yield batch


class Batcher:
    """The batches that are not full yet, the one that waits longest first."""

    def __init__(self, batching: Batching) -> None:
        self._size = batching.size
        self._bytes = batching.size_bytes
        self._shares = batching.shares_payload
        self._window = WINDOW * batching.size
        self._key = item_key(batching)
        self._open: dict[Hashable, Batch] = {}
        self._used: dict[Hashable, int] = {}
        self._due = 0

    def batches(self, prepared: Iterable[Item | Outcome]) -> Iterator[Batch | Outcome]:
        for each in prepared:
            if isinstance(each, Item):
                yield from self._add(each)
            else:
                yield each
            if each.index >= self._due and self._open:
                yield self._close(next(iter(self._open)))
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

    def _begin(self, key: Hashable, item: Item) -> Batch:
        if not self._open:
            self._due = item.index + self._window
        batch: Batch = []
        self._open[key] = batch
        return batch

    def _close(self, key: Hashable) -> Batch:
        batch = self._open.pop(key)
        oldest = next(iter(self._open.values()), None)
        if oldest is not None:
            self._due = oldest[0].index + self._window
        return batch
