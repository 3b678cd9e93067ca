"""An extra that runs around every request."""

from __future__ import annotations

from collections.abc import Generator

from portcall import Request, Response, hookimpl


@hookimpl.send_request(wrapper=True)
def send_request(request: Request) -> Generator[None, Response, Response]:
    response = yield
    print(request.method, response.status)
    return response
