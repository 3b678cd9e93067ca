"""What is sent is answered with a response."""

from __future__ import annotations

from portcall import Request, hookimpl


@hookimpl.send_request  # wrong: what is sent is answered with a response
def send_request(request: Request) -> bytes:
    return request.body or b""
