"""Newline-delimited JSON, line by line: what cannot be read is one bad line, never the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

import attrs

MAX_LINE_BYTES: Final = 8 << 20
_BOM: Final = b"\xef\xbb\xbf"


@attrs.frozen
class Line:
    """One line of the input.

    Args:
        number: Counted from 1.
        event: What it holds; None if it cannot be used.
        reason: Why it cannot.
        raw: Its bytes, without the end of the line; cut if it is too long.
    """

    number: int
    event: dict[str, Any] | None
    reason: str = ""
    raw: bytes = attrs.field(default=b"", repr=False)


def read_lines(stream: BinaryIO, longest: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Give every line but the empty ones; never holds more than one."""
    number = 0
    while raw := stream.readline(longest + 1):
        number += 1
        if len(raw) > longest and not raw.endswith(b"\n"):
            while raw and not raw.endswith(b"\n"):
                raw = stream.readline(longest + 1)
            yield Line(number, None, f"the line is longer than {longest} bytes")
            continue
        text = raw.removeprefix(_BOM) if number == 1 else raw
        if text.strip():
            yield _line(number, text.strip())


def _line(number: int, text: bytes) -> Line:
    try:
        event = json.loads(text.decode(), parse_constant=_refuse)
    except UnicodeDecodeError:
        return Line(number, None, "the line is not UTF-8", text)
    except (ValueError, RecursionError):
        return Line(number, None, "the line is not JSON", text)
    if not isinstance(event, dict):
        return Line(number, None, "the line is not a JSON object", text)
    return Line(number, event, raw=text)


def _refuse(constant: str) -> Any:
    """NaN and Infinity are not JSON (RFC 8259 §6)."""
    raise ValueError(constant)
