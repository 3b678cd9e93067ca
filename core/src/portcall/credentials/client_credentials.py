"""The host's own client id and secret at each destination (RFC 6749 §2.2): never in a plugin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from portcall.errors import SettingsError
from portcall.model.auth import Auth
from portcall.secret import Secret, reveal

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


def variables_of(slug: str, own: Auth) -> tuple[str, ...]:
    """Return the environment variables that a host's client id and secret are from; empty if from elsewhere.

    Args:
        slug: Of the destination.
        own: Has ``client_id`` and ``client_secret``.
    """
    pairs = (("CLIENT_ID", own.client_id), ("CLIENT_SECRET", own.client_secret))
    if any(_value(slug, name) != (reveal(text) if text else None) for name, text in pairs):
        return ()
    return tuple(_variable(slug, name) for name, text in pairs if text)


def _variable(slug: str, name: str) -> str:
    """Return the name of the variable that is set, which may be that of a file's path."""
    variable = f"PORTCALL_{slug.upper().replace('-', '_')}_{name}"
    return f"{variable}_FILE" if f"{variable}_FILE" in os.environ else variable


def _value(slug: str, name: str) -> str | None:
    variable = _variable(slug, name)
    if not variable.endswith("_FILE"):
        return os.environ.get(variable) or None
    path = os.environ[variable]
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES).decode().strip() or None
    except (OSError, UnicodeDecodeError) as exc:
        reason = type(exc).__name__
    raise SettingsError(f"{variable}: {path} cannot be read ({reason})")
