"""The extra: every request waits for its turn, or learns when it may come back."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from math import ceil, inf
from threading import Lock
from typing import Final

from portcall import Request, Response, SettingsError, hookimpl
from portcall_ratelimit.bucket import Bucket
from portcall_ratelimit.errors import RateLimitedError
from portcall_ratelimit.headers import LONGEST_S
from portcall_ratelimit.reading import read


def _utc_now() -> datetime:
    return datetime.now(UTC)


class RateLimit:
    """Holds back what would be too early, for each connection on its own.

    Learns from ``Retry-After``, ``RateLimit``, ``RateLimit-*`` and ``X-RateLimit-*`` in any answer.
    A request waits if its turn comes within its time; if not, it raises `RateLimitedError` at once.

    Args:
        rate_per_s: Requests per second in the long run; None to go by the answers alone.
        burst: Requests that may go at once after a pause; None for one second's worth.
        timeout_s: Seconds that a request may wait which has no ``timeout_s`` of its own.
        max_connections: Connections to remember; the one not used for longest is forgotten first.
        clock: Monotonic seconds.
        now: The time of day, aware.
        sleep: Waits for some seconds.

    Raises:
        SettingsError: A number is not above zero, or there is a burst without a rate.
    """

    def __init__(
        self,
        rate_per_s: float | None = None,
        burst: int | None = None,
        *,
        timeout_s: float = 30.0,
        max_connections: int = 1024,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        _check(rate_per_s, burst, timeout_s, max_connections)
        self._interval_s: Final = None if rate_per_s is None else 1 / rate_per_s
        self._burst: Final = burst or max(1, ceil(rate_per_s or 1))
        self._timeout_s: Final = timeout_s
        self._max_connections: Final = max_connections
        self._clock: Final = clock
        self._now: Final = now
        self._sleep: Final = sleep
        self._lock: Final = Lock()
        self._buckets: Final[OrderedDict[str, Bucket]] = OrderedDict()

    @hookimpl(wrapper=True)
    def send_request(self, request: Request) -> Generator[None, Response, Response]:
        bucket = self._bucket(request.connection)
        number = self._wait(bucket, request)
        response = yield
        reading = read(response, self._now())
        if reading is not None:
            bucket.learn(number, reading, self._clock())
        return response

    def _bucket(self, connection: str) -> Bucket:
        with self._lock:
            bucket = self._buckets.get(connection)
            if bucket is None:
                bucket = self._buckets[connection] = Bucket(self._interval_s, self._burst)
            self._buckets.move_to_end(connection)
            if len(self._buckets) > self._max_connections:
                self._buckets.popitem(last=False)
            return bucket

    def _wait(self, bucket: Bucket, request: Request) -> int:
        """Come back when it is the request's turn, with its number."""
        timeout_s = request.limits.timeout_s
        timeout_s = self._timeout_s if timeout_s is None else timeout_s
        ends_at = self._clock() + timeout_s
        ticket = bucket.queue()
        try:
            while True:
                now = self._clock()
                at, number = bucket.turn(ticket, now)
                if number:
                    return number
                if at >= ends_at:
                    raise self._too_early(request, at - now, timeout_s)
                self._sleep(at - now)
        finally:
            bucket.leave(ticket)

    def _too_early(self, request: Request, wait_s: float, timeout_s: float) -> RateLimitedError:
        retry_at = self._now() + timedelta(seconds=min(wait_s, LONGEST_S))
        return RateLimitedError(
            f"{request!r} was not sent: its turn under the rate limit comes at "
            f"{retry_at.isoformat(timespec='seconds')}, and it may take {timeout_s:g} s; "
            "send it again then",
            retry_at,
        )


def _check(
    rate_per_s: float | None, burst: int | None, timeout_s: float, max_connections: int
) -> None:
    numbers = {
        "rate_per_s": rate_per_s,
        "burst": burst,
        "timeout_s": timeout_s,
        "max_connections": max_connections,
    }
    for name, value in numbers.items():
        if value is not None and not 0 < value < inf:
            raise SettingsError(f"RateLimit: {name} is a finite number above zero, not {value!r}")
    if burst is not None and rate_per_s is None:
        raise SettingsError("RateLimit: burst goes with a rate_per_s")
