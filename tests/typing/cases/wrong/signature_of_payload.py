"""A signer sees the request and no payload."""

from __future__ import annotations

from portcall import Request, RequestOptions, hookimpl


@hookimpl.sign_request  # wrong: a signer sees the request and no payload
def sign_request(request: Request, payload: object) -> RequestOptions:
    return RequestOptions(username=f"{request}{payload}")
