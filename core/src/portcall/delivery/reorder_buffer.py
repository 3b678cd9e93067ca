"""Outcomes with the numbers of their events, and in the order of these, whenever they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from portcall.actions.outcomes import Outcome


class _Draft(Outcome):
    """An outcome that can still be written to; only `numbered` sees it."""

    __slots__ = ()
    # Both, or Python would not write straight into the slots.
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__


_new: Final = object.__new__


def numbered(outcomes: Sequence[Outcome], indexes: Iterable[int]) -> list[Outcome]:
    """Return copies of outcomes that say which events they are of.

    A delivery makes one for each event. What attrs generates for a frozen class sets attributes by
    name, which takes three times as long as writing to a class that is not frozen.

    Args:
        outcomes: What became of some events.
        indexes: Of the same events, in the same order.
    """
    made: list[Outcome] = []
    for outcome, index in zip(outcomes, indexes, strict=True):
        one: Any = _new(_Draft)
        one.kind = outcome.kind
        one.index = index
        one.reason = outcome.reason
        one.field = outcome.field
        one.at = outcome.at
        one.status = outcome.status
        one.fault = outcome.fault
        one.__class__ = Outcome
        made.append(one)
    return made


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
