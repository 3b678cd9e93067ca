"""A rate limit that all processes of a fleet keep together, in Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from portcall import (
    Request,
    Response,
    Secret,
    Sent,
    SettingsError,
    TransportError,
    hookimpl,
    retry_after,
    reveal,
)

_T = TypeVar("_T")

_REDIS_TIMEOUT_S: Final = 5.0
_SHORTEST_S: Final = 0.001
_AGAIN_S: Final = 1.0
_PAUSES: Final = frozenset({429, 503})
_HOLD: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
    redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
"""
"""Of two waits the longer one counts."""


class SharedRateLimitError(TransportError):
    """The request was not sent: its turn is too late, or Redis cannot be asked.

    Args:
        message: Why, and when to come back.
        retry_at: Aware instant from which it may be sent.
    """

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message, Sent.NO)
        self.retry_at: Final = retry_at


class SharedRateLimit:
    """Holds each connection to so many requests in so many seconds, over all processes; an extra.

    An answer 429 or 503 that says when to come back (``Retry-After``, RFC 9110 section 10.2.3) holds the
    requests of its connection in all processes until then. A request waits if its turn comes within its time;
    if not, it raises `SharedRateLimitError` at once. While Redis cannot be reached nothing is sent, rather
    than too much.

    It is for stored connections, whose name all processes know; any other is limited in its process alone.

    Args:
        url: ``redis://:password@host:6379/0``, or ``rediss://``.
        requests: At most so many requests of one connection ...
        seconds: ... in any period of so many seconds.
        timeout_s: Seconds that a request may wait which has no ``timeout_s`` of its own.
        sleep: Waits for some seconds.

    Raises:
        SettingsError: A number is not above zero, or a package is missing.

    Source: https://limits.readthedocs.io/en/stable/strategies.html#moving-window
    """

    def __init__(
        self,
        url: str | Secret,
        requests: int,
        seconds: int = 1,
        *,
        timeout_s: float = 30.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        if min(requests, seconds, timeout_s) <= 0:
            raise SettingsError("SharedRateLimit: requests, seconds and timeout_s are above zero")
        try:
            from limits import RateLimitItemPerSecond  # noqa: PLC0415  # an extra's
            from limits.storage import RedisStorage  # noqa: PLC0415
            from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415
            from redis import Redis  # noqa: PLC0415
        except ImportError:
            raise SettingsError(
                "SharedRateLimit needs limits: pip install 'portcall-celery[redis]'"
            ) from None
        timeouts: dict[str, Any] = dict.fromkeys(
            ("socket_timeout", "socket_connect_timeout"), _REDIS_TIMEOUT_S
        )
        place = reveal(Secret(url))
        storage = RedisStorage(place, wrap_exceptions=True, **timeouts)
        self._redis: Final = Redis.from_url(place, **timeouts)
        self._hold: Final = self._redis.register_script(_HOLD)
        self._limiter: Final = MovingWindowRateLimiter(storage)
        self._item: Final = RateLimitItemPerSecond(requests, seconds, namespace="portcall")
        self._timeout_s: Final = timeout_s
        self._sleep: Final = sleep

    @hookimpl(wrapper=True)
    def send_request(self, request: Request) -> Generator[None, Response, Response]:
        self._wait(request)
        response = yield
        until = retry_after(response) if response.status in _PAUSES else None
        if until is not None:
            wait_ms = int((until - datetime.now(UTC)).total_seconds() * 1000)
            if wait_ms > 0:
                with suppress(SharedRateLimitError):  # the answer counts in any case
                    self._asked(request, lambda: self._hold([_key(request)], [wait_ms]))
        return response

    def _wait(self, request: Request) -> None:
        given = request.limits.timeout_s
        ends_at = time.monotonic() + (self._timeout_s if given is None else given)
        while pause_s := self._asked(request, lambda: self._pause_s(request)):
            if time.monotonic() + pause_s >= ends_at:
                raise SharedRateLimitError(
                    f"{request!r} was not sent: its turn under the shared rate limit is in {pause_s:.3g} s;"
                    " send it again then",
                    datetime.now(UTC) + timedelta(seconds=pause_s),
                )
            self._sleep(pause_s)

    def _pause_s(self, request: Request) -> float:
        """Return 0 if a request may go now, which counts it; or else when to ask again."""
        held_ms: Any = self._redis.pttl(_key(request))
        if held_ms > 0:
            return float(held_ms) / 1000
        if self._limiter.hit(self._item, request.connection):
            return 0.0
        window = self._limiter.get_window_stats(self._item, request.connection)
        return max(window.reset_time - time.time(), _SHORTEST_S)

    def _asked(self, request: Request, question: Callable[[], _T]) -> _T:
        from limits.errors import StorageError  # noqa: PLC0415  # an extra's
        from redis.exceptions import RedisError  # noqa: PLC0415

        try:
            return question()
        except (StorageError, RedisError) as exc:
            cause = getattr(exc, "storage_error", exc)
            raise SharedRateLimitError(
                f"{request!r} was not sent: the shared rate limit cannot be asked"
                f" ({type(cause).__name__})",
                datetime.now(UTC) + timedelta(seconds=_AGAIN_S),
            ) from None


def _key(request: Request) -> str:
    return f"portcall/held/{request.connection}"
