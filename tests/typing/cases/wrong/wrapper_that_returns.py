"""A wrapper is a generator."""

from __future__ import annotations

from portcall import Request, Response, hookimpl


@hookimpl.send_request(wrapper=True)  # wrong: a wrapper is a generator
def send_request(request: Request) -> Response:
    return Response(status=len(request.url))
