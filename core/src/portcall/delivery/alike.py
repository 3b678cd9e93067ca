"""Outcomes with the numbers of their events: one by one, or alike for many until they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Final, overload

from portcall.actions.outcomes import Outcome


class _Draft(Outcome):
    """An outcome that can still be written to; only `numbered` sees it."""

    __slots__ = ()
    # Both, or Python would not write straight into the slots.
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__


_new: Final = object.__new__


def numbered(outcomes: Iterable[Outcome], indexes: Sequence[int]) -> list[Outcome]:
    """Return copies of outcomes that say which events they are of.

    A delivery makes one for each event. What attrs generates for a frozen class sets attributes by
    name, which takes three times as long as writing to a class that is not frozen.

    Args:
        outcomes: What became of some events.
        indexes: Of the same events, in the same order.
    """
    return list(map(_of_event, outcomes, indexes))


def _of_event(outcome: Outcome, index: int) -> Outcome:
    one: Any = _new(_Draft)
    one.kind = outcome.kind
    one.index = index
    one.reason = outcome.reason
    one.field = outcome.field
    one.at = outcome.at
    one.status = outcome.status
    one.fault = outcome.fault
    one.exchange = outcome.exchange
    one.__class__ = Outcome
    return one  # type: ignore[no-any-return]  # an outcome from now on


class Alike(Sequence[Outcome]):
    """The same outcome for each of some events; it becomes one object an event when it is iterated over.

    Args:
        outcome: What became of each.
        indexes: Of the events, ascending.
    """

    __slots__ = ("_made", "indexes", "outcome")

    def __init__(self, outcome: Outcome, indexes: Sequence[int]) -> None:
        self.outcome: Final = outcome
        self.indexes: Final = indexes
        self._made: list[Outcome] | None = None

    def __len__(self) -> int:
        return len(self.indexes)

    @overload
    def __getitem__(self, place: int) -> Outcome: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Outcome]: ...
    def __getitem__(self, place: int | slice) -> Outcome | Sequence[Outcome]:
        return self._all()[place]

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self._all())

    def _all(self) -> list[Outcome]:
        if self._made is None:
            self._made = numbered(repeat(self.outcome, len(self.indexes)), self.indexes)
        return self._made


def settled(outcomes: Outcome | Sequence[Outcome], indexes: Sequence[int]) -> Sequence[Outcome]:
    """Return outcomes that say which events they are of.

    Args:
        outcomes: What became of each event, or what became of all of them.
        indexes: Of the events, ascending.
    """
    if not isinstance(outcomes, Outcome):
        if len(outcomes) != len(indexes):
            raise ValueError(f"{len(outcomes)} outcomes of {len(indexes)} events")
        return numbered(outcomes, indexes)
    return [_of_event(outcomes, indexes[0])] if len(indexes) == 1 else Alike(outcomes, indexes)
