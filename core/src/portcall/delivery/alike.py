"""Outcomes with the numbers of their events: one by one, or alike for many until they are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, overload

from portcall.actions.outcomes import Outcome


class _Draft(Outcome):
    """An outcome that can still be written to; only `numbered` sees it."""

    __slots__ = ()
    # Both, or Python would not write straight into the slots.
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__
    __init__ = object.__init__


def numbered(outcomes: Iterable[Outcome], indexes: Sequence[int]) -> list[Outcome]:
    """Return copies of outcomes that say which events they are of.

    A delivery makes one for each event. What attrs generates for a frozen class sets attributes by
    name, which takes three times as long as writing to a class that is not frozen.

    Args:
        outcomes: What became of some events.
        indexes: Of the same events, in the same order.
    """
    draft: Any = _Draft
    cls, made = Outcome, []
    for outcome, index in zip(outcomes, indexes, strict=True):
        one = draft()
        one.kind = outcome.kind
        one.index = index
        one.reason = outcome.reason
        one.field = outcome.field
        one.at = outcome.at
        one.status = outcome.status
        one.fault = outcome.fault
        one.exchange = outcome.exchange
        one.__class__ = cls
        made.append(one)
    return made


def _each(outcome: Outcome, indexes: Sequence[int]) -> Iterator[Outcome]:
    """Yield copies of one outcome that say which events they are of, as `numbered` makes them."""
    draft: Any = _Draft
    cls, kind, reason, field = Outcome, outcome.kind, outcome.reason, outcome.field
    at, status, fault, exchange = outcome.at, outcome.status, outcome.fault, outcome.exchange
    for index in indexes:
        one = draft()
        one.kind = kind
        one.index = index
        one.reason = reason
        one.field = field
        one.at = at
        one.status = status
        one.fault = fault
        one.exchange = exchange
        one.__class__ = cls
        yield one


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
        # One at a time: those that are gone when the next one comes are not looked at for cycles.
        return _each(self.outcome, self.indexes) if self._made is None else iter(self._made)

    def _all(self) -> list[Outcome]:
        if self._made is None:
            self._made = list(_each(self.outcome, self.indexes))
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
    return numbered((outcomes,), indexes) if len(indexes) == 1 else Alike(outcomes, indexes)
