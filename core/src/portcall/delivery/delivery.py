"""A delivery under way: outcomes to iterate over, and a way to end it in good order."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from threading import Event

from portcall.actions.outcomes import Outcome


class Delivery(Iterator[Outcome]):
    """The outcomes of a delivery, one for each event, in their order.

    Made by `Connection.deliver`. Iterating over it is what delivers.

    Args:
        outcomes: Delivers as it is iterated over; yields outcomes as they come, several at once.
        ending: Set when nothing else is to be begun.
    """

    __slots__ = ("_ending", "_outcomes", "_several")

    def __init__(self, outcomes: Generator[Sequence[Outcome]], ending: Event) -> None:
        self._several = outcomes
        self._outcomes = chain.from_iterable(outcomes)
        self._ending = ending

    def stop(self) -> None:
        """End in good order: no event is read any more, what is being sent is finished.

        Go on iterating: each event that was read gets its outcome, ``retry`` if nothing was sent for it
        or it waits to be tried again. May be called by any thread.
        """
        self._ending.set()

    def close(self) -> None:
        """End now: what is being sent is finished, and its outcomes are lost."""
        self._ending.set()
        self._several.close()

    def several(self) -> Iterator[Sequence[Outcome]]:
        """Return the outcomes as they come, in place of iterating over the delivery: some at once, in order.

        Those that are the same for many events are not made one by one.
        """
        return self._several

    def __iter__(self) -> Iterator[Outcome]:  # noqa: PYI034  # itself: one call less for each event
        return self._outcomes

    def __next__(self) -> Outcome:
        return next(self._outcomes)
