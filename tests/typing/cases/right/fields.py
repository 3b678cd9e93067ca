"""A destination with settings."""

from __future__ import annotations

import attrs

from portcall import Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.auth_fields
def auth_fields() -> type[Settings]:
    return Settings
