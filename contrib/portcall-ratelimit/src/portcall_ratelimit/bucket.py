"""When the next request of one connection may go: what was configured, and what was learned."""

from __future__ import annotations

from math import floor
from threading import Lock
from typing import Final

import attrs

from portcall_ratelimit.reading import Quota, Reading

_NO_WAIT_S: Final = 1e-6


@attrs.define
class _Window:
    """A quota as of now, in the bucket's own time."""

    remaining: int
    ends_at: float
    limit: int | None
    length_s: float


class Bucket:
    """The turns of one connection; every instant is in seconds of one monotonic clock.

    A waiting thread holds a ticket, and threads go in the order of the tickets. Safe to use from any number
    of threads.

    Args:
        interval_s: Seconds between two requests in the long run; None for no limit of our own.
        burst: Requests that may go at once after a pause.
    """

    __slots__ = (
        "_banned_until",
        "_burst",
        "_due",
        "_interval_s",
        "_latest",
        "_lock",
        "_sent",
        "_tickets",
        "_window",
    )

    def __init__(self, interval_s: float | None, burst: int) -> None:
        self._interval_s: Final = interval_s
        self._burst: Final = burst
        self._lock: Final = Lock()
        self._tickets: Final[dict[object, None]] = {}
        self._due = float("-inf")  # when the bucket is full again (the GCRA's arrival time)
        self._banned_until = float("-inf")
        self._window: _Window | None = None
        self._sent = 0
        self._latest = 0

    def queue(self) -> object:
        """Take a ticket; return it back with `leave`."""
        ticket = object()
        with self._lock:
            self._tickets[ticket] = None
        return ticket

    def leave(self, ticket: object) -> None:
        """Return *ticket* back; one that has been used is gone already."""
        with self._lock:
            self._tickets.pop(ticket, None)

    def turn(self, ticket: object, now: float) -> tuple[float, int]:
        """Go if it is *ticket*'s turn.

        Returns:
            When its turn comes, as far as is known now, and the number of the request; 0 if it has
            to wait.
        """
        with self._lock:
            self._roll(now)
            place = [*self._tickets].index(ticket)
            at = self._at(place, now)
            if at - now > _NO_WAIT_S:
                return at, 0
            del self._tickets[ticket]
            return at, self._take(now)

    def learn(self, number: int, reading: Reading, now: float) -> None:
        """Take in what the answer to request *number* says.

        Of answers that overtake each other the one to the latest request counts, and what was sent
        after that request is not in it yet.
        """
        with self._lock:
            if reading.retry_in_s is not None:
                self._banned_until = max(self._banned_until, now + reading.retry_in_s)
            if reading.quota is not None and number > self._latest:
                self._latest = number
                self._window = self._opened(reading.quota, now, self._sent - number)

    def _at(self, place: int, now: float) -> float:
        """When the request with *place* others before it may go."""
        start = max(now, self._banned_until)
        if self._interval_s is None:
            own = start
        else:
            over = place + 1 - self._burst
            own = max(start, max(start, self._due) + over * self._interval_s)
        return max(own, self._learned(place))

    def _learned(self, place: int) -> float:
        window = self._window
        if window is None or place < window.remaining:
            return float("-inf")
        windows = (place - window.remaining) // window.limit if window.limit else 0
        return window.ends_at + windows * window.length_s

    def _take(self, now: float) -> int:
        if self._interval_s is not None:
            self._due = max(self._due, now) + self._interval_s
        if self._window is not None:
            self._window.remaining -= 1
        self._sent += 1
        return self._sent

    def _roll(self, now: float) -> None:
        """Begin the window that *now* lies in; where its size is unknown, nothing is known."""
        window = self._window
        if window is None or now < window.ends_at:
            return
        if window.limit and window.length_s:
            passed = floor((now - window.ends_at) / window.length_s) + 1
            ends_at = window.ends_at + passed * window.length_s
            self._window = attrs.evolve(window, remaining=window.limit, ends_at=ends_at)
        else:
            self._window = None

    def _opened(self, quota: Quota, now: float, unseen: int) -> _Window:
        """Open the window that *quota* tells of; the longest one seen stands for an unknown length."""
        known = self._window.length_s if self._window else 0.0
        length = quota.window_s or max(known, quota.reset_in_s)
        return _Window(
            max(quota.remaining - unseen, 0), now + quota.reset_in_s, quota.limit, length
        )
