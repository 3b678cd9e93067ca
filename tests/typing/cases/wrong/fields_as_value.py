"""Fields are a class, no instance."""

from __future__ import annotations

import attrs

from portcall import Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.auth_fields  # wrong: fields are a class, no instance
def auth_fields() -> Settings:
    return Settings(api_key=Secret("k"))
