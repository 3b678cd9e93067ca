"""At most the given number of events a second."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final


class RateLimit:
    """Spaces events evenly; used by all threads of a run.

    Args:
        rate: Events a second.
        wait: Waits for a number of seconds, or until the run ends.
        now: Seconds that only go forward.
    """

    def __init__(
        self, rate: float, wait: Callable[[float], object], now: Callable[[], float] = monotonic
    ) -> None:
        self._step_s: Final = 1 / rate
        self._wait: Final = wait
        self._now: Final = now
        self._lock: Final = Lock()
        self._next = 0.0

    def __call__(self) -> None:
        """Wait until the next event may go."""
        with self._lock:
            now = self._now()
            due = max(self._next, now)
            self._next = due + self._step_s
        if due > now:
            self._wait(due - now)
