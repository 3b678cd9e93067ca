"""A rate limit that all processes of a fleet keep together, in Redis."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from portcall import (
    Request,
    Response,
    Secret,
    Sent,
    SettingsError,
    TransportError,
    hookimpl,
    reveal,
)

_REDIS_TIMEOUT_S: Final = 5.0
_SHORTEST_S: Final = 0.001
_AGAIN_S: Final = 1.0


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

    A request waits if its turn comes within its time; if not, it raises `SharedRateLimitError` at once. While
    Redis cannot be reached nothing is sent, rather than too much.

    Args:
        url: ``redis://:password@host:6379/0``, or ``rediss://``; what `limits` takes.
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
            from limits.storage import storage_from_string  # noqa: PLC0415
            from limits.strategies import MovingWindowRateLimiter  # noqa: PLC0415
        except ImportError:
            raise SettingsError(
                "SharedRateLimit needs limits: pip install 'portcall-celery[redis]'"
            ) from None
        timeouts = {"socket_timeout": _REDIS_TIMEOUT_S, "socket_connect_timeout": _REDIS_TIMEOUT_S}
        storage = storage_from_string(reveal(Secret(url)), wrap_exceptions=True, **timeouts)
        self._limiter: Final = MovingWindowRateLimiter(storage)
        self._item: Final = RateLimitItemPerSecond(requests, seconds, namespace="portcall")
        self._timeout_s: Final = timeout_s
        self._sleep: Final = sleep

    @hookimpl(wrapper=True)
    def send_request(self, request: Request) -> Generator[None, Response, Response]:
        self._wait(request)
        return (yield)

    def _wait(self, request: Request) -> None:
        given = request.limits.timeout_s
        ends_at = time.monotonic() + (self._timeout_s if given is None else given)
        while not self._asked(self._limiter.hit, request):
            window = self._asked(self._limiter.get_window_stats, request)
            pause_s = max(window.reset_time - time.time(), _SHORTEST_S)
            if time.monotonic() + pause_s >= ends_at:
                raise SharedRateLimitError(
                    f"{request!r} was not sent: its turn under the shared rate limit is in {pause_s:.3g} s;"
                    " send it again then",
                    datetime.now(UTC) + timedelta(seconds=pause_s),
                )
            self._sleep(pause_s)

    def _asked(self, question: Callable[..., Any], request: Request) -> Any:
        from limits.errors import StorageError  # noqa: PLC0415  # an extra's

        try:
            return question(self._item, request.connection)
        except StorageError as exc:
            raise SharedRateLimitError(
                f"{request!r} was not sent: the shared rate limit cannot be asked"
                f" ({type(exc.storage_error).__name__})",
                datetime.now(UTC) + timedelta(seconds=_AGAIN_S),
            ) from None
