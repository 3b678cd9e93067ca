"""Settings and credentials made up after a destination's fields, and the secrets in a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import attrs

from portcall.actions.action import Action
from portcall.destination import Destination
from portcall.fields import Field
from portcall.model.auth import Auth
from portcall.secret import Secret

TOKENS: Final = Auth(
    access_token=Secret("sample-access-token-a81c"),
    refresh_token=Secret("sample-refresh-token-5e0f"),
    token_secret=Secret("sample-token-secret-77b2"),
)
"""Credentials to compose with, where an author passed none."""
BY_FORMAT: Final = {
    "uri": "https://example.com",
    "email": "ada@example.com",
    "hostname": "api.example.com",
    "hostname-label": "acme",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
    "date-time": "2026-05-01T12:00:00Z",
    "date": "2026-05-01",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "regex": "^user-[0-9]+$",
}
_BY_KIND: Final[Mapping[str, object]] = {
    "boolean": True,
    "datetime": "2026-05-01T12:00:00Z",
    "date": "2026-05-01",
    "any": "sample",
}


def sample(destination: Destination | Action, *, required_only: bool = False) -> dict[str, object]:
    """Make up settings, or a payload: a value for every field that is required, and for every secret.

    Args:
        destination: Whose fields are filled; an action for its payload.
        required_only: Leave out secrets that need not be given.
    """
    made = _object(destination.fields)
    if not required_only:
        return made
    return {f.name: made[f.name] for f in destination.fields if f.required or f.required_if}


def secrets_of(value: Any) -> Iterator[Secret]:
    """Return every secret in *value*, however deep in containers and attrs classes."""
    if isinstance(value, Secret):
        if value:
            yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from secrets_of(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from secrets_of(each)
    elif attrs.has(type(value)):
        for attribute in attrs.fields(type(value)):
            yield from secrets_of(getattr(value, attribute.name))


def _object(fields: tuple[Field, ...]) -> dict[str, object]:
    return {
        field.name: _value(field)
        for field in fields
        if field.required or field.required_if or field.secret
    }


def _value(field: Field) -> Any:
    if isinstance(field.choices, tuple):
        value: object = field.choices[0][0]
        return [value] if field.multiple else value
    if field.kind == "list":
        return [_value(field.item)] if field.item else ["sample"]
    if field.kind == "object" and field.fields:
        return _object(field.fields)
    if field.kind == "object":
        return {"sample": _value(field.item) if field.item else "sample"}
    return _scalar(field)


def _scalar(field: Field) -> object:
    if field.kind in {"integer", "number"}:
        low, high = field.minimum, field.maximum
        return low if low is not None else high if high is not None else 1
    if field.format in BY_FORMAT:
        return BY_FORMAT[field.format]
    if field.kind == "secret":
        return field.placeholder or f"sample-{field.name}-d41f"
    return _BY_KIND.get(field.kind, field.placeholder or "sample")
