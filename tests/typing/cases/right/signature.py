"""A signer."""

from __future__ import annotations

import attrs

from portcall import Request, RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.sign_request
def sign_request(request: Request, settings: Settings) -> RequestOptions:
    return RequestOptions(headers={"X-Signature": f"{len(request.body or b'')}{settings.api_key}"})
