"""One event of an input, and what a run wrote beside it: read from JSON, and written again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

LONGEST_BYTES: Final = 8 << 20
"""What one event may have; one that is longer is passed over, never held."""

TOO_LONG: Final = f"is longer than {LONGEST_BYTES} bytes"
CUT_OFF: Final = "the input was cut off here"

NOTE: Final = "_portcall"
TEXT: Final = "text"


@attrs.frozen
class Entry:
    """One event of an input, or what could not be read as one.

    Args:
        number: Counted from 1: the line of NDJSON, empty ones included; the item of JSON; the
            record of CSV, without the header.
        event: What it holds, without ``_portcall``; None if it cannot be used.
        reason: Why it cannot; empty if it can.
        raw: What was read as the event. NDJSON: the line without the white space around it, or
            the ``text`` that stood in its place. JSON: the item's text. CSV: the event as compact
            JSON; if there is none, the cells as a JSON array, or the text that is not CSV. Empty
            if it is longer than 8 MiB.
        checksum: CRC-32 of this and all entries before it, as they stood in the input; one that
            is longer than 8 MiB counts for nothing.
        note: What an earlier run wrote beside the event, without ``text``.
    """

    number: int
    event: dict[str, Any] | None
    reason: str = ""
    raw: bytes = attrs.field(default=b"", repr=False)
    checksum: int = 0
    note: Mapping[str, Any] | None = None

    def slim(self) -> Entry:
        """Return the same without its event, for keeping many; `to_line` finds it in ``raw``."""
        return Entry(self.number, None, self.reason, self.raw, self.checksum, self.note)


def read(number: int, raw: bytes, checksum: int) -> Entry:
    """Read the text of one event, as a line of NDJSON holds it.

    Args:
        number: Where it stands.
        raw: Its bytes, without white space around them.
        checksum: Of the input up to here.
    """
    try:
        text = raw.decode()
        event, end = decode(text)
    except UnicodeDecodeError:
        return Entry(number, None, "the line is not UTF-8", raw, checksum)
    except (ValueError, RecursionError):
        return Entry(number, None, "the line is not JSON", raw, checksum)
    if end != len(text):
        return Entry(number, None, "the line is not JSON", raw, checksum)
    if not isinstance(event, dict):
        return Entry(number, None, "the line is not a JSON object", raw, checksum)
    if NOTE in event:
        return with_note(number, event, raw, checksum)
    return Entry(number, event, "", raw, checksum)


def with_note(number: int, event: dict[str, Any], raw: bytes, checksum: int) -> Entry:
    """Take ``_portcall`` out of an event; if it holds a text, that is read in place of the event.

    Args:
        number: Where it stands.
        event: Has ``_portcall``; one that is no object is left where it is.
        raw: As it stood in the input.
        checksum: Of the input up to here.
    """
    note = event[NOTE]
    if not isinstance(note, dict):
        return Entry(number, event, "", raw, checksum)
    del event[NOTE]
    text = None if event else note.get(TEXT)
    if not isinstance(text, str):
        return Entry(number, event, "", raw, checksum, note)
    del note[TEXT]
    inner = _read_text(number, text, checksum)
    return Entry(number, inner.event, inner.reason, inner.raw, checksum, note)


def _read_text(number: int, text: str, checksum: int) -> Entry:
    try:
        raw = text.encode(errors="surrogateescape").strip()
    except UnicodeEncodeError:
        raw = text.encode(errors="surrogatepass")
        return Entry(number, None, "the text is not UTF-8", raw, checksum)
    if not raw:
        return Entry(number, None, "the text is empty", raw, checksum)
    return read(number, raw, checksum)


def to_line(entry: Entry, about: Mapping[str, Any]) -> bytes:
    """Write an entry so that a person can look at it and send it again; `read` is the inverse.

    Args:
        entry: With its event, or slim.
        about: Becomes ``_portcall``: JSON values. A member ``text`` is left out: it stands for
            what is no event.

    Returns:
        One line of NDJSON with its end.
    """
    kept = {name: value for name, value in about.items() if name != TEXT}
    event = entry.event
    if event is None and not entry.reason:
        event = read(entry.number, entry.raw, 0).event
    # What stands under our own name already would be lost beside ours.
    if event is not None and NOTE not in event:
        try:
            return compact({NOTE: kept, **event}) + b"\n"
        except (ValueError, RecursionError):  # 1e999 is read as infinite; its text is JSON
            if not entry.raw:
                raise
    raw = entry.raw or (b"" if event is None else compact(event))
    return compact({NOTE: {**kept, TEXT: raw.decode(errors="surrogateescape")}}) + b"\n"


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


decode: Final = json.JSONDecoder(parse_constant=_refuse).raw_decode
"""Return the value at an index and where it ends; made once, json.loads would make one each time."""

_WRITER: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII_WRITER: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
