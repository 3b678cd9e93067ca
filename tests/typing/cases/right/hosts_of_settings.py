"""Hosts that depend on a setting."""

from __future__ import annotations

import attrs

from portcall import Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.allowed_hosts
def allowed_hosts(settings: Settings | None) -> list[str]:
    return ["api.example.com" if settings is None else f"{settings.api_key}.example.com"]
