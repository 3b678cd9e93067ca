"""The host's own client id and secret at each destination (RFC 6749 §2.2): never in a plugin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from portcall.errors import SettingsError
from portcall.model import Auth
from portcall.secret import Secret

_MOST_BYTES: Final = 65_536


def from_environment(slug: str) -> Auth:
    """Read ``PORTCALL_<SLUG>_CLIENT_ID`` and ``PORTCALL_<SLUG>_CLIENT_SECRET``.

    With ``_FILE`` after its name, a variable holds the path of a file that holds the value.

    Returns:
        An auth with ``client_id`` and ``client_secret`` and nothing else; None where there is none.

    Raises:
        SettingsError: A file that a variable names cannot be read.
    """
    secret = _value(slug, "CLIENT_SECRET")
    return Auth(
        client_id=_value(slug, "CLIENT_ID"),
        client_secret=None if secret is None else Secret(secret),
    )


def _value(slug: str, name: str) -> str | None:
    variable = f"PORTCALL_{slug.upper().replace('-', '_')}_{name}"
    path = os.environ.get(f"{variable}_FILE")
    if path is None:
        return os.environ.get(variable) or None
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES).decode().strip() or None
    except (OSError, UnicodeDecodeError) as exc:
        reason = type(exc).__name__
    raise SettingsError(f"{variable}_FILE: {path} cannot be read ({reason})")
