"""JSON as events hold it: read strictly, written compactly."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, Final


def compact(value: object) -> bytes:
    """Return the shortest JSON of a value; a lone surrogate is escaped.

    Raises:
        ValueError: A number in it is not finite.
        RecursionError: It is too deep.
    """
    try:
        return _WRITER.encode(value).encode()
    except UnicodeEncodeError:
        return _ASCII_WRITER.encode(value).encode()


def cells_as_json(cells: Sequence[str]) -> bytes:
    """Return a JSON array of cells as they were read, with every byte that is not UTF-8."""
    return _WRITER.encode(cells).encode(errors="surrogateescape")


def _refuse(constant: str) -> Any:
    """NaN and Infinity are not JSON (RFC 8259 §6)."""
    raise ValueError(constant)


def why_unreadable(exc: ValueError | RecursionError) -> str:
    """Return what is wrong with a text that `decode` refused, to follow its name: ``is not JSON``."""
    if isinstance(exc, RecursionError):
        return "is nested too deeply"
    if "digits" in str(exc):  # the limit of Python (sys.set_int_max_str_digits)
        return f"has a number of more than {sys.get_int_max_str_digits():,} digits"
    if str(exc) in {"NaN", "Infinity", "-Infinity"}:
        return f"has the value {exc}, which is not JSON"
    return "is not JSON"


def decode_object(raw: bytes) -> dict[str, Any] | None:
    """Return the object that bytes hold; None where they hold another value.

    Raises:
        UnicodeDecodeError, ValueError, RecursionError: They hold none; see `why_unreadable`.
    """
    text = raw.decode()
    value, end = decode(text)
    if end != len(text):
        raise ValueError("more than one value")
    return value if isinstance(value, dict) else None


decode: Final = json.JSONDecoder(parse_constant=_refuse).raw_decode
"""Return the value at an index and where it ends; made once, json.loads would make one each time."""

_WRITER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_WRITER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
