"""Outcomes in the order of their events, whenever they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portcall.actions.outcomes import Outcome
from portcall.delivery.alike import Alike


class ReorderBuffer:
    """Holds outcomes until all before them are there.

    Attributes:
        held: How many wait.
    """

    def __init__(self) -> None:
        self.held = 0
        self._waiting: dict[int, Sequence[Outcome]] = {}  # by the first index of some without a gap
        self._next = 0

    def put(self, outcomes: Sequence[Outcome]) -> Iterable[Sequence[Outcome]]:
        """Take some, which ascend; return all that nothing is missing before."""
        if not outcomes:
            return ()
        if outcomes.__class__ is Alike:  # a test by isinstance of an ABC takes longer
            first, last = outcomes.indexes[0], outcomes.indexes[-1]
        else:
            first, last = outcomes[0].index, outcomes[-1].index
        gapless = last - first + 1 == len(outcomes)
        if first == self._next and gapless and not self.held:
            self._next = last + 1
            return (outcomes,)
        if gapless:
            self._waiting[first] = outcomes
        else:
            self._waiting.update([(outcome.index, (outcome,)) for outcome in outcomes])
        self.held += len(outcomes)
        return self._ready()

    def _ready(self) -> Iterator[Sequence[Outcome]]:
        waiting = self._waiting
        while (some := waiting.pop(self._next, None)) is not None:
            self._next += len(some)
            self.held -= len(some)
            yield some
