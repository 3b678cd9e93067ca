"""Hookimpls in the plain form, and no word about what they are."""

from __future__ import annotations

import attrs

from portcall import RequestOptions, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(query={"key": settings.api_key, "page": [1, 2], "all": True})


@hookimpl(optionalhook=True)
def shop_login(settings: Settings) -> int:
    return len(settings.api_key.reveal())
