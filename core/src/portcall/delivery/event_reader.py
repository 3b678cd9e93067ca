"""Events read a few at once while they come fast, and one by one while they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from math import inf
from threading import Event
from time import monotonic
from typing import Any, Final

from portcall.delivery.idle import IDLE

MOST: Final = 64
"""So many events at once, as each of them may be large."""

FAST_S: Final = 0.005
"""Events that take longer are looked at sooner: the outcome of one that is not wanted waits for no other."""


class EventReader:
    """Reads the events of one delivery, in order.

    Args:
        events: `IDLE` in place of an event says that none has come for a moment.
        stop: Once it is set, none is read any more.
        broken: Gets what reading raised; what was read before is delivered first.
        now: The clock of *until*.

    Attributes:
        index: The place of the event that is read next, from 0.
        is_over: The last event was read.
    """

    def __init__(
        self,
        events: Iterable[Any],
        stop: Event,
        broken: list[Exception],
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._stream = iter(events)
        self._is_stopped = stop.is_set
        self._broken = broken
        self._now = now
        self._room = 1
        self._is_over = False
        self.index = 0

    @property
    def is_over(self) -> bool:
        return self._is_over or self._is_stopped()

    def read(self, most: int, until: float = inf) -> tuple[list[Any], bool]:
        """Return the next events, and whether none has come for a moment after them.

        Args:
            most: How many at most.
            until: The instant from which no further one is read.
        """
        events: list[Any] = []
        is_idle, began = False, monotonic()
        try:
            is_idle = self._fill(events, min(most, self._room), until)
        except Exception as exc:  # noqa: BLE001  # raised again when all before it have outcomes
            self._broken.append(exc)
            self._is_over = True
        self.index += len(events)
        is_fast = monotonic() - began < FAST_S and not is_idle
        self._room = min(self._room * 2, MOST) if is_fast else 1
        return events, is_idle

    def _fill(self, events: list[Any], most: int, until: float) -> bool:
        is_stopped, is_timed = self._is_stopped, until < inf
        for event in islice(self._stream, most):
            if event is IDLE:
                return True
            events.append(event)
            if is_stopped() or (is_timed and self._now() >= until):
                return False
        self._is_over = len(events) < most
        return False
