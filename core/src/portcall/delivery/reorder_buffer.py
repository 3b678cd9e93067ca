"""Outcomes in the order of their events, whenever they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from portcall.actions.outcomes import Outcome


class ReorderBuffer:
    """Holds outcomes until all before them are there.

    Attributes:
        held: The outcomes that wait, by index.
    """

    def __init__(self) -> None:
        self.held: dict[int, Outcome] = {}
        self._next = 0

    def put(self, outcomes: Sequence[Outcome]) -> Iterable[Outcome]:
        """Take some, which ascend; return all that nothing is missing before."""
        if not outcomes:
            return ()
        first, last = outcomes[0].index, outcomes[-1].index
        if first == self._next and last - first + 1 == len(outcomes) and not self.held:
            self._next = last + 1
            return outcomes
        self.held.update([(outcome.index, outcome) for outcome in outcomes])
        return self._ready()

    def _ready(self) -> Iterator[Outcome]:
        held = self.held
        while (outcome := held.pop(self._next, None)) is not None:
            self._next += 1
            yield outcome
