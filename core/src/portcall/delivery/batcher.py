"""From a stream of events to batches that only events of the same key share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from time import monotonic
from typing import Final, TypeAlias

from portcall.actions.batching import Batching
from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.batch_keys import item_key
from portcall.delivery.idle import IDLE, Idle

Prepared: TypeAlias = Iterable[Batch | Outcome | Idle]
Batched: TypeAlias = Iterator[Batch | Outcome | Idle]

WINDOW: Final = 4
"""A batch waits until this many times its size of events have gone by."""


class Batcher:
    """The batches that are not full yet, the one that waits longest first."""

    def __init__(
        self,
        batching: Batching,
        max_age_s: float | None = None,
        now: Callable[[], float] = monotonic,
        *,
        keeps: bool,
    ) -> None:
        self._keeps = keeps
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
            if isinstance(each, Batch):
                yield from self._add(each)
            else:
                yield each
            if each is not IDLE and _index(each) >= self._due and self._open:
                yield self._close(next(iter(self._open)))
            if self._max_age_s is not None:
                yield from self._too_old(self._now() - self._max_age_s)
        while self._open:
            yield self._close(next(iter(self._open)))

    def _add(self, one: Batch) -> Sequence[Batch]:
        """Put an event where it belongs; return the batches that are full now."""
        key = self._key(one)
        batch, full = self._open.get(key), []
        needed = len(one.datas[0]) + 1
        if batch is not None and self._bytes is not None and self._used[key] + needed > self._bytes:
            full.append(self._close(key))
            batch = None
        if batch is None:
            batch = self._begin(key, one)
            self._used[key] = -1  # between two items stands a comma, before the first does not
        else:
            batch.add(one, shares=self._shares, keeps=self._keeps)
        self._used[key] += needed
        if len(batch) >= self._size:
            full.append(self._close(key))
        return full

    def _too_old(self, begun: float) -> Iterator[Batch]:
        """Close the batches that have begun at an instant or before it."""
        while self._since and next(iter(self._since.values())) <= begun:
            yield self._close(next(iter(self._since)))

    def _begin(self, key: Hashable, batch: Batch) -> Batch:
        if not self._open:
            self._due = batch.indexes[0] + self._window
        self._open[key] = batch
        if self._max_age_s is not None:
            self._since[key] = self._now()
        return batch

    def _close(self, key: Hashable) -> Batch:
        batch = self._open.pop(key)
        self._since.pop(key, None)
        oldest = next(iter(self._open.values()), None)
        if oldest is not None:
            self._due = oldest.indexes[0] + self._window
        return batch


def _index(one: Batch | Outcome) -> int:
    return one.indexes[0] if isinstance(one, Batch) else one.index
