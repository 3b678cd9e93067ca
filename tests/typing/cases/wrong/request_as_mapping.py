"""A mapping is no request options."""

from __future__ import annotations

import attrs

from portcall import Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.extend_request  # wrong: a mapping is no request options
def extend_request(settings: Settings) -> dict[str, object]:
    return {"headers": settings.api_key}
