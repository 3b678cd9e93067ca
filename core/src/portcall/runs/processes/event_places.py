"""Map the events of one process to their places in the whole run, as spans without gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, TypeAlias

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike, settled

Span: TypeAlias = list[int]
"""The first and the last place of events without a gap."""


class Places:
    """The places of one process's events in the delivery of the whole run.

    The thread that reads adds and forgets places; the threads that send look them up.
    """

    def __init__(self) -> None:
        # Replaced as a whole, so that no thread sees half a change: first and last here, and the offset.
        self._parts: tuple[tuple[int, int, int], ...] = ()
        self._count = 0

    def add(self, first: int, count: int) -> None:
        """Add the next *count* events; *first* is the place of the first one in the whole run."""
        part = (self._count, self._count + count - 1, first - self._count)
        self._parts = (*self._parts, part)
        self._count += count

    def spans(self, indexes: Sequence[int]) -> list[Span]:
        """Return the places of events in the whole run.

        Args:
            indexes: Their places in this process, ascending.
        """
        found: list[Span] = []
        for first, last in gapless(indexes):
            found += self._moved(first, last)
        return found

    def rest(self, taken: int) -> list[Span]:
        """Return the places of all added events except the first *taken*."""
        return list(self._moved(taken, self._count - 1))

    def forget(self, before: int) -> None:
        """Forget the places before one, which are not looked up any more."""
        if self._parts and self._parts[0][1] < before:
            self._parts = tuple(part for part in self._parts if part[1] >= before)

    def _moved(self, first: int, last: int) -> Iterator[Span]:
        for begin, end, moved in self._parts:
            low, high = max(first, begin), min(last, end)
            if low <= high:
                yield [low + moved, high + moved]


def gapless(indexes: Sequence[int]) -> Iterator[Span]:
    """Return the first and last place of each run of places without a gap."""
    if not indexes:
        return
    first = last = indexes[0]
    if indexes[-1] - first + 1 == len(indexes):
        yield [first, indexes[-1]]
        return
    for index in indexes[1:]:
        if index != last + 1:
            yield [first, last]
            first = index
        last = index
    yield [first, last]


def from_spans(spans: Iterable[Span]) -> Sequence[int]:
    """Return the places in spans, one by one."""
    ranges = [range(first, last + 1) for first, last in spans]
    return ranges[0] if len(ranges) == 1 else list(chain.from_iterable(ranges))


def gapless_parts(
    outcomes: Sequence[Outcome], groups: Sequence[Any]
) -> Iterator[Sequence[Outcome]]:
    """Return outcomes in groups whose places follow each other, as a reorder buffer takes them.

    Args:
        outcomes: From `from_groups`.
        groups: What they were made of.
    """
    if not isinstance(outcomes, Alike) or len(groups[0][1]) == 1:
        yield outcomes
        return
    for span in groups[0][1]:
        yield settled(outcomes.outcome, from_spans([span]))
