"""What went out and what came back while one event was delivered."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import Final

import attrs

from portcall import Request, Response, hookimpl

MOST_CALLS: Final = 50


@attrs.frozen(eq=False)
class Exchanged:
    """One request and its answer.

    Args:
        request: As it was sent.
        response: What came back; None if nothing did.
        took_s: Seconds until then.
        raised: Why nothing came back.
    """

    request: Request
    response: Response | None
    took_s: float
    raised: BaseException | None = None


_CALLS: Final[ContextVar[list[Exchanged] | None]] = ContextVar("calls", default=None)


class WireRecorder:
    """An extra that keeps what the current thread sends while `recording` is open."""

    @hookimpl(wrapper=True)
    def send_request(self, request: Request) -> Generator[None, Response, Response]:
        """Keep the request and its answer."""
        calls, start = _CALLS.get(), perf_counter()
        try:
            response = yield
        except BaseException as exc:
            _keep(calls, Exchanged(request, None, perf_counter() - start, exc))
            raise
        _keep(calls, Exchanged(request, response, perf_counter() - start))
        return response


@contextmanager
def recording() -> Iterator[list[Exchanged]]:
    """Yield a list that gets what this thread sends."""
    calls: list[Exchanged] = []
    token = _CALLS.set(calls)
    try:
        yield calls
    finally:
        _CALLS.reset(token)


def _keep(calls: list[Exchanged] | None, each: Exchanged) -> None:
    if calls is not None and len(calls) < MOST_CALLS:
        calls.append(each)
