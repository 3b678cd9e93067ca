"""Outcomes in the order of their events, whenever they come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from portcall.actions.outcomes import Outcome


class Ordered:
    """Holds outcomes until all before them are there."""

    def __init__(self) -> None:
        self._held: dict[int, Outcome] = {}
        self._next = 0

    def __len__(self) -> int:
        return len(self._held)

    def put(self, outcomes: Iterable[Outcome]) -> None:
        """Take some, in any order."""
        for outcome in outcomes:
            self._held[outcome.index] = outcome

    def ready(self) -> Iterator[Outcome]:
        """Give those that nothing is missing before."""
        held = self._held
        while (outcome := held.pop(self._next, None)) is not None:
            self._next += 1
            yield outcome
