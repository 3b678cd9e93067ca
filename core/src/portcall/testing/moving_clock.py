"""A clock that a test moves on."""

from __future__ import annotations

from time import monotonic
from typing import Final


class MovingClock:
    """Goes on by itself, and by leaps when a test wants that; safe to share between stand-ins."""

    def __init__(self) -> None:
        self._start: Final = monotonic()
        self._ahead_s = 0.0

    def now_s(self) -> float:
        """Return the seconds since it was made, leaps included."""
        return monotonic() - self._start + self._ahead_s

    def advance(self, seconds: float) -> None:
        """Advance by a number of seconds."""
        self._ahead_s += seconds
