"""Headers alone are no request options."""

from __future__ import annotations

from collections.abc import Mapping

from portcall import Request, hookimpl


@hookimpl.sign_request  # wrong: headers alone are no request options
def sign_request(request: Request) -> Mapping[str, str]:
    return {"X-Signature": request.method}
