"""Read the files of a pipeline, with a limit of size, and with line and column of each fault."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from portcall.errors import SettingsError

MAX_FILE_BYTES: Final = 1 << 20


def read_toml(path: Path) -> Any:
    """Read a TOML file.

    Raises:
        SettingsError: It cannot be read, is too large, or is not TOML.
    """
    text = _text(path)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(f"{path} is not TOML: {_lower(str(exc))}{_hint(text)}") from None
    except (ValueError, RecursionError):
        raise SettingsError(f"{path} is not TOML: a value is too long or too deep") from None


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        SettingsError: It cannot be read, is too large, or is not JSON.
    """
    try:
        return json.loads(_text(path), parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as exc:
        where = f"at line {exc.lineno}, column {exc.colno}"
        raise SettingsError(f"{path} is not JSON: {_lower(exc.msg)} ({where})") from None
    except RecursionError:
        raise SettingsError(f"{path} is not JSON: it is nested too deeply") from None
    except ValueError as exc:
        raise SettingsError(f"{path} is not JSON: {exc}") from None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else str(exc)
        raise SettingsError(f"{path} cannot be read: {reason}") from None
    if len(data) > MAX_FILE_BYTES:
        raise SettingsError(f"{path} is larger than {MAX_FILE_BYTES} bytes")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{path} is not UTF-8 text (at byte {exc.start})") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse two values of one name, as the first would be dropped silently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} is given twice in one object")
    return found


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not a number in JSON (RFC 8259 §6)")


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def _hint(text: str) -> str:
    return "; a JSON file needs a name that ends in .json" if text.lstrip()[:1] == "{" else ""
