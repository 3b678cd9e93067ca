"""The values of a stored connection, each with where it is from; a secret is ``***``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, Final

import attrs

from portcall.cli.connections.given_settings import auth_names, env_name
from portcall.credentials.client_credentials import from_environment
from portcall.destination import Destination
from portcall.fields.describing import plain
from portcall.secret import MASK, Secret
from portcall.store import Record

STORED: Final = "stored"
DEFAULT: Final = "default"
ENVIRONMENT: Final = "environment"
MISSING: Final = "missing"
_TOKENS: Final = ("access_token", "refresh_token", "token_secret")
_CLIENT: Final = ("client_id", "client_secret")


def values_of(record: Record, destination: Destination | None) -> list[dict[str, Any]]:
    """Return name, value and origin of every setting and token.

    Args:
        record: What is stored.
        destination: Its destination; without it, only what is stored can be said.
    """
    return [
        {"name": name, "value": value, "origin": origin}
        for name, value, origin in _values(record, destination)
    ]


def masked(value: object) -> Any:
    """Return JSON for *value* with ``***`` in place of every secret at any depth."""
    if isinstance(value, Secret):
        return MASK
    if isinstance(value, dict):
        return {str(name): masked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each) for each in value]
    return value


def _values(record: Record, destination: Destination | None) -> Iterator[tuple[str, Any, str]]:
    fields = {field.name: field for field in destination.fields} if destination else {}
    for name, value in record.settings.items():
        secret = name in fields and fields[name].secret
        yield name, MASK if secret else masked(value), STORED
    for name, field in fields.items():
        if name not in record.settings:
            value = None if field.default is attrs.NOTHING else plain(field.default)
            shown = MASK if field.secret and value else value
            yield name, shown, MISSING if field.required else DEFAULT
    for name in _TOKENS:
        if getattr(record.auth, name):
            yield name, MASK, STORED
    for name, value in record.auth.state.items():
        yield name, masked(value), STORED
    if destination is not None:
        yield from _client(record.slug, destination)


def _client(slug: str, destination: Destination) -> Iterator[tuple[str, Any, str]]:
    """The host's own client is never stored with a connection."""
    own = from_environment(slug)
    for name in _CLIENT:
        if name in auth_names(destination):
            value = getattr(own, name)
            variable = env_name(slug, name)
            variable += "_FILE" * (f"{variable}_FILE" in os.environ)
            yield name, masked(value), f"{ENVIRONMENT}: {variable}" if value else MISSING
