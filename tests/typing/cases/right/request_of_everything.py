"""Every argument there is, in an order of its own."""

from __future__ import annotations

import attrs

from portcall import Auth, HookRelay, Request, RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.extend_request
def extend_request(
    payload: object, hooks: HookRelay, auth: Auth, settings: Settings, request: Request
) -> RequestOptions | None:
    return None if payload is None else RequestOptions(base_url=request.url)
