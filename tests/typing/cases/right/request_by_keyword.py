"""Arguments by keyword alone."""

from __future__ import annotations

from portcall import Auth, RequestOptions, hookimpl


@hookimpl.extend_request
def extend_request(*, auth: Auth) -> RequestOptions | None:
    return RequestOptions(base_url=f"{auth.state['api_url']}")
