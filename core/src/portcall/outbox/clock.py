"""The time in an outbox: it never goes back, although the clock of the machine may."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock
from typing import Final

SECOND_US: Final = 1_000_000
MINUTE_US: Final = 60 * SECOND_US


class Clock:
    """Microseconds since the epoch that only go forward, at the pace of a clock that is never set.

    After the machine's clock was set back, the time in the outbox goes on from where it was: an event that
    was to be tried again after five seconds is tried after five seconds, and a lease ends when it should.

    Args:
        wall: Seconds since the epoch.
        monotonic: Seconds that only go forward.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall: Final = wall
        self._monotonic: Final = monotonic
        self._lock: Final = Lock()
        self._ahead_s = wall() - monotonic()

    def now_us(self) -> int:
        """Return the instant in the outbox."""
        wall, monotonic = self._wall(), self._monotonic()
        with self._lock:
            self._ahead_s = max(self._ahead_s, wall - monotonic)
            return int((monotonic + self._ahead_s) * SECOND_US)

    def advance_to(self, instant_us: int) -> None:
        """Take over a time that another process has recorded."""
        with self._lock:
            self._ahead_s = max(self._ahead_s, instant_us / SECOND_US - self._monotonic())

    @property
    def skew_s(self) -> float:
        """By how many seconds the outbox is ahead of the machine's clock."""
        return max(0.0, self.now_us() / SECOND_US - self._wall())

    def of_wall(self, instant: datetime) -> int:
        """Return the instant in the outbox that is as far away as *instant* is on the machine's clock."""
        aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
        return self.now_us() + int((aware.timestamp() - self._wall()) * SECOND_US)


def to_datetime(instant_us: int | None) -> datetime | None:
    """Return an aware instant; None for none."""
    return None if instant_us is None else aware(instant_us)


def aware(instant_us: int) -> datetime:
    """Return an aware instant."""
    return datetime.fromtimestamp(instant_us / SECOND_US, UTC)


def minutes(since_us: int, step_us: int, steps: int) -> tuple[int, int]:
    """Return the first minute that spans of time begin in, and the one that they end before."""
    return since_us // MINUTE_US, -(-(since_us + step_us * steps) // MINUTE_US)
