"""What a request gets from settings."""

from __future__ import annotations

import attrs

from portcall import RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.extend_request
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(headers={"X-Api-Key": settings.api_key})
