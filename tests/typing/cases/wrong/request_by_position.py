"""Arguments are given by name."""

from __future__ import annotations

import attrs

from portcall import RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.extend_request  # wrong: arguments are given by name
def extend_request(settings: Settings, /) -> RequestOptions:
    return RequestOptions(username=settings.api_key)
