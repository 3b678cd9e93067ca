"""The credentials are not text."""

from __future__ import annotations

import attrs

from portcall import RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.extend_request  # wrong: the credentials are not text
def extend_request(settings: Settings, auth: str) -> RequestOptions:
    return RequestOptions(username=settings.api_key, password=auth)
