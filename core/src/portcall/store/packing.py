"""Records to JSON and back, the secrets apart from the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from math import isfinite
from typing import Any, Final, TypeAlias

import attrs

from portcall.model.auth import Auth
from portcall.secret import Secret
from portcall.store.errors import RecordError
from portcall.store.names import is_name
from portcall.store.reach import Reach
from portcall.store.record import Record

LARGEST_RECORD: Final = 1 << 20
_DEEPEST: Final = 32
_MOMENTS: Final = ("expires_at", "issued_at")
_AUTH_FIELDS: Final = tuple(f.name for f in attrs.fields(Auth) if f.name != "live")

_Path: TypeAlias = tuple[str | int, ...]
_Found: TypeAlias = list[tuple[_Path, str]]


def pack(record: Record) -> tuple[str, str]:
    """Return the JSON of *record* with a null for each secret, and the JSON of its secrets.

    Raises:
        RecordError: A value is not JSON, or the whole is above 1 MiB; names the value.
    """
    if not is_name(record.slug):
        raise RecordError(f"connection {record.name!r} names no destination: {record.slug[:60]!r}")
    secrets: _Found = []
    try:
        document: dict[str, object] = {
            "settings": record.settings,
            "auth": _auth_document(record.auth),
            "state": record.state,
        }
        if reach := record.reach.to_json():
            document["reach"] = reach
        plain = _dump(_split(document, (), secrets))
        hidden = _dump(secrets)
    except ValueError as exc:  # an integer too long to be read back
        raise RecordError(f"connection {record.name!r} cannot be written as JSON: {exc}") from None
    except RecordError as exc:
        raise RecordError(f"connection {record.name!r} cannot be stored: {exc}") from None
    if len(plain) + len(hidden) > LARGEST_RECORD:
        raise RecordError(
            f"connection {record.name!r} cannot be stored: it is above {LARGEST_RECORD} bytes"
        )
    return plain, hidden


def unpack(name: str, plain: str, secrets: str) -> Mapping[str, Any]:
    """Return ``settings``, ``auth``, ``state`` and ``reach`` of the record called *name*.

    Raises:
        RecordError: This is not what `pack` writes.
    """
    try:
        document = json.loads(plain)
        for path, text in json.loads(secrets):
            _put(document, path, Secret(text))
        return {
            "settings": document["settings"],
            "auth": _auth(document["auth"]),
            "state": document["state"],
            "reach": Reach.from_json(document.get("reach", {})),
        }
    except (ValueError, LookupError, TypeError, RecursionError) as exc:
        raise RecordError(
            f"connection {name!r} is damaged in the store ({type(exc).__name__}), or was written by "
            "a newer portcall: upgrade, or remove it and connect again"
        ) from None


def _dump(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def _auth_document(auth: Auth) -> dict[str, object]:
    document = {name: getattr(auth, name) for name in _AUTH_FIELDS}
    for name in _MOMENTS:
        moment = document[name]
        if moment is not None:
            if moment.tzinfo is None:
                raise RecordError(f"its auth.{name} has no time zone")
            document[name] = moment.isoformat()
    return {name: value for name, value in document.items() if value is not None}


def _auth(document: dict[str, Any]) -> Auth:
    values = {**document, "scopes": tuple(document["scopes"])}
    for name in _MOMENTS:
        if name in document:
            values[name] = datetime.fromisoformat(document[name])
    return Auth(**values)


def _split(value: object, path: _Path, secrets: _Found) -> object:
    """Return *value* with None for each secret, which goes to *secrets* with its place."""
    if len(path) > _DEEPEST:
        raise RecordError(f"{_shown(path[:4])} is nested deeper than {_DEEPEST}")
    if isinstance(value, Secret):
        secrets.append((path, value.reveal()))
        return None
    if isinstance(value, Mapping):
        return {_key(k, path): _split(v, (*path, k), secrets) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_split(v, (*path, i), secrets) for i, v in enumerate(value)]
    return _scalar(value, path)


def _scalar(value: object, path: _Path) -> object:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float) and isfinite(value):
        return value
    raise RecordError(f"{_shown(path)} is a {type(value).__name__}, which is not plain JSON")


def _key(key: object, path: _Path) -> str:
    if isinstance(key, str):
        return key
    raise RecordError(f"{_shown(path)} has a key that is not text")


def _put(document: Any, path: list[str | int], value: Secret) -> None:
    for step in path[:-1]:
        document = document[step]
    document[path[-1]] = value


def _shown(path: _Path) -> str:
    return ".".join(map(str, path))
