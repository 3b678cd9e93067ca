"""Entries that would hold a secret, known by their names, and where a secret belongs instead."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_SECRET: Final = re.compile(
    r"token|secret|passw|passphrase|api_?key|access_?key|write_?key|private_?key|credential|signature",
    re.IGNORECASE,
)


def is_secret(name: str) -> bool:
    """Return whether an entry of this name would hold a secret."""
    return _SECRET.search(name) is not None


def where_it_belongs(name: str) -> str:
    """Return where the secret of an entry belongs."""
    variable = (
        f"PORTCALL_<SLUG>_{name.upper()}" if name.isidentifier() else "PORTCALL_<SLUG>_<FIELD>"
    )
    return (
        "a project file holds no secrets: keep it with portcall connect, or set the environment variable "
        f"{variable}"
    )


def refuse_pair(text: str) -> str:
    """Return what is wrong with a ``FIELD=VALUE``: no such pair, or the field of a secret."""
    name, equals, _ = text.partition("=")
    if not equals or not name.isidentifier():  # not repeated here: it may be a secret
        return "it must be FIELD=VALUE, such as region=eu"
    return where_it_belongs(name) if is_secret(name) else ""


def refuse_password(text: str, variable: str) -> str:
    """Return what is wrong with a path or a URL: it is no URL, or has a password in it; empty if nothing is.

    Args:
        text: A path, or a URL with ``://``.
        variable: The environment variable that may have the password.
    """
    if "://" not in text:
        return ""
    try:
        parts = urlsplit(text)
        secret = parts.password is not None or is_secret(parts.query)
    except ValueError:
        return "it is not a URL"
    return f"a project file holds no passwords: give the whole URL as {variable}" if secret else ""
