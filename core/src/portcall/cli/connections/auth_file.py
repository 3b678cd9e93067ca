"""Tokens of one connection in a file of their own: read at the start, replaced before use."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import mkstemp
from typing import Any, Final

import attrs

from portcall.errors import SettingsError
from portcall.model.auth import Auth
from portcall.secret import Secret, reveal

FORMAT: Final = 1
_SECRETS: Final = ("access_token", "refresh_token", "token_secret")
_TIMES: Final = ("expires_at", "issued_at")


class AuthFile:
    """The file of ``--save-auth``.

    Args:
        path: Where it is; need not exist yet.
        slug: The destination whose tokens it keeps.
        given: Tokens that were given beside it. The file remembers which ones it began with, so
            that the same command line run again goes on with what came since, and new tokens on
            the command line replace what the file has.
    """

    def __init__(self, path: str, slug: str, given: Auth) -> None:
        self._path: Final = Path(path)
        self._slug: Final = slug
        self._origin: Final = _digest(given)
        self._given: Final = given

    def start(self) -> Auth:
        """Return the tokens to start with, and see that the file can be written.

        Raises:
            SettingsError: It holds something else, or cannot be read or written.
        """
        kept = self._read()
        own = self._given
        auth = own
        if kept is not None:
            auth = attrs.evolve(kept, client_id=own.client_id, client_secret=own.client_secret)
        self.save(auth)
        return auth

    def save(self, auth: Auth) -> None:
        """Replace the file as a whole; when this returns, a crash cannot lose *auth*.

        Raises:
            SettingsError: It cannot be written.
        """
        record = {
            "portcall_auth": FORMAT,
            "destination": self._slug,
            "given": self._origin,
            "auth": _to_json(auth),
        }
        try:
            _replace(self._path, json.dumps(record, indent=2).encode())
        except OSError as exc:
            raise SettingsError(
                f"--save-auth: {self._path} cannot be written: {exc.strerror}"
            ) from None

    def _read(self) -> Auth | None:
        try:
            record = json.loads(self._path.read_bytes())
            kept = _from_json(record["portcall_auth"], record["auth"])
            slug, origin = str(record["destination"]), str(record["given"])
        except FileNotFoundError:
            return None
        except OSError as exc:
            reason = f"cannot be read: {exc.strerror}"
        except (ValueError, LookupError, TypeError, AttributeError):
            reason = "holds no tokens that portcall saved; nothing in it was changed"
        else:
            if slug == self._slug:
                return kept if self._origin in {origin, _digest(Auth())} else None
            reason = f"holds the tokens of {slug!r}, not of {self._slug!r}: use a file for each"
        raise SettingsError(f"--save-auth: {self._path} {reason}")


def _digest(auth: Auth) -> str:
    """Return a fingerprint of a pair of tokens, which does not hold them."""
    texts = [reveal(token) if token else "" for token in (auth.access_token, auth.refresh_token)]
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()


def _to_json(auth: Auth) -> dict[str, Any]:
    secrets = {name: getattr(auth, name) for name in _SECRETS}
    times = {name: getattr(auth, name) for name in _TIMES}
    return {
        **{name: reveal(value) for name, value in secrets.items() if value is not None},
        **{name: value.isoformat() for name, value in times.items() if value is not None},
        "token_type": auth.token_type,
        "scopes": list(auth.scopes),
        "state": {name: reveal(value) for name, value in auth.state.items()},
        "secret_state": [n for n, value in auth.state.items() if isinstance(value, Secret)],
    }


def _from_json(version: object, record: Mapping[str, Any]) -> Auth:
    if version != FORMAT:
        raise ValueError
    secret = set(record["secret_state"])
    state = {n: Secret(v) if n in secret else str(v) for n, v in record["state"].items()}
    named: dict[str, Any] = {name: Secret(record[name]) for name in _SECRETS if name in record}
    named |= {name: datetime.fromisoformat(record[name]) for name in _TIMES if name in record}
    return Auth(
        **named,
        token_type=str(record["token_type"]),
        scopes=tuple(map(str, record["scopes"])),
        state=state,
    )


def _replace(path: Path, data: bytes) -> None:
    """Write beside *path*, sync, rename over it; the new file is the owner's alone."""
    number, name = mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
