"""Which settings a login was made with, for the message of its refusal: names, never values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from portcall import Secret, reveal
from portcall_session.hooks import SessionRequest


def fields_of(request: SessionRequest, settings: object) -> tuple[str, ...]:
    """Return the names of the settings that a login carries.

    Args:
        request: The login.
        settings: An instance of an attrs class.

    Returns:
        Those whose value stands in the request, in the order of the form; where none does as it is (it
        may be encoded), the user name and all secrets.
    """
    kind = type(settings)
    if not attrs.has(kind):
        return ()
    values = {f.name: getattr(settings, f.name, None) for f in attrs.fields(kind)}
    filled = {
        name: value for name, value in values.items() if isinstance(value, str | Secret) and value
    }
    sent = set(_texts(attrs.asdict(request, recurse=False)))
    found = tuple(name for name, value in filled.items() if reveal(value) in sent)
    secret = any(isinstance(filled[name], Secret) for name in found)
    if secret:
        return found
    return tuple(n for n, value in filled.items() if n == "username" or isinstance(value, Secret))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str | Secret):
        yield reveal(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
