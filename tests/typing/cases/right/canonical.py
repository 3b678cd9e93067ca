"""A canonical request that the scheme hmac asks for."""

from __future__ import annotations

import portcall_hmac
from portcall import Request


@portcall_hmac.hookimpl.canonical_request
def canonical_request(request: Request) -> portcall_hmac.Canonical | None:
    return None if request.body else None
