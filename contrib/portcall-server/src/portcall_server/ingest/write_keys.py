"""Which source a write key is of; comparing takes the same time whichever it is."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

from portcall import ProjectSource, Secret, SettingsError

SHORTEST: Final = 8
_MOST_BYTES: Final = 65_536


class WriteKeys:
    """The write keys of several sources; holds their hashes alone.

    Args:
        keys: Write key and the name of its source.
    """

    def __init__(self, keys: Iterable[tuple[Secret, str]]) -> None:
        self._known: Final = [(_hashed(key.reveal()), source) for key, source in keys]

    def source_of(self, key: str) -> str | None:
        """Return the name of the source that has a write key; None if none has."""
        given, found = _hashed(key), None
        for known, source in self._known:  # to the end: the time says nothing of which it was
            if hmac.compare_digest(given, known):
                found = source
        return found


def keys_from_environment(sources: Iterable[ProjectSource]) -> list[tuple[Secret, str]]:
    """Return the write keys of sources: ``PORTCALL_SOURCE_<NAME>_WRITE_KEY``.

    A variable may hold several keys with spaces between them, while one is replaced by another. With
    ``_FILE`` after its name it holds the path of a file that holds them.

    Raises:
        SettingsError: Lists every source without a key, and every key that cannot be used.
    """
    found: list[tuple[Secret, str]] = []
    faults: list[str] = []
    owners: dict[str, str] = {}
    for source in sources:
        try:
            keys = _value(source.variable).split()
        except SettingsError as exc:
            faults.append(str(exc))
            continue
        if not keys:
            faults.append(
                f"{source.variable} is not set: the source {source.name!r} needs a write key"
            )
        for key in keys:
            if len(key) < SHORTEST:
                faults.append(f"{source.variable}: a write key has {SHORTEST} characters or more")
            elif owners.setdefault(key, source.name) != source.name:
                faults.append(
                    f"{source.variable}: the source {owners[key]!r} has the same write key"
                )
            found.append((Secret(key), source.name))
    if faults:
        raise SettingsError("\n".join(faults))
    return found


def basic_user_name(authorization: str) -> str | None:
    """Return the user name of HTTP Basic credentials (RFC 7617 §2); None if they are none."""
    scheme, _, coded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(coded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return pair.partition(":")[0]


def _value(variable: str) -> str:
    path = os.environ.get(f"{variable}_FILE")
    if not path:
        return os.environ.get(variable, "")
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES).decode()
    except (OSError, UnicodeDecodeError) as exc:
        reason = type(exc).__name__
    raise SettingsError(f"{variable}_FILE: {path} cannot be read ({reason})")


def _hashed(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
