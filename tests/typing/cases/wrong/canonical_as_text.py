"""A text is not a canonical request."""

from __future__ import annotations

import portcall_hmac
from portcall import Request


@portcall_hmac.hookimpl.canonical_request  # wrong: a text is not a canonical request
def canonical_request(request: Request) -> str:
    return request.method
