"""JSON as events hold it: read strictly, written compactly."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
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


def _find_quick() -> Callable[[bytes], Any] | None:
    try:
        loads: Callable[[bytes], Any] = import_module("orjson").loads
    except ImportError:
        return None
    return loads


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


def quick_object(raw: bytes) -> dict[str, Any] | None:
    """Return what `decode_object` does, if orjson is there and certain to read the same; else None.

    It refuses more than the standard library (lone surrogates, 1e999), which can then read the text, and
    reads one thing in another way: integers of more than 64 bits, as floats.
    """
    if _quick is None or _LONG in raw.translate(_AS_ZEROS):
        return None
    try:
        value = _quick(raw)
    except ValueError:
        return None
    return value if value.__class__ is dict else None


_quick: Final = _find_quick()
_LONG: Final = b"0" * 19
_AS_ZEROS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))
"""Turns digits into 0 and all else into spaces, in an eighth of the time of a regular expression."""

decode: Final = json.JSONDecoder(parse_constant=_refuse).raw_decode
"""Return the value at an index and where it ends; made once, json.loads would make one each time."""

_WRITER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_WRITER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
