"""One event of an input, and what a run wrote beside it: read from JSON, and written again."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.delivery.quick_json import quick_object
from portcall.runs.inputs.csv_columns import event_of_record, event_of_text
from portcall.runs.inputs.entry import Draft, Entry, usual_entry
from portcall.runs.inputs.json_values import (
    compact,
    decode_object,
    why_unreadable,
)

LONGEST_BYTES: Final = 8 << 20
"""What one event may have; one that is longer is passed over, never held."""

TOO_LONG: Final = f"is longer than {LONGEST_BYTES} bytes"
CUT_OFF: Final = "the input was cut off here"

NOTE: Final = "_portcall"
TEXT: Final = "text"
BASE64: Final = "base64"
ENCODING: Final = "encoding"
HEADER: Final = "header"
DELIMITER: Final = "delimiter"
DECIMAL: Final = "decimal"
RECORD: Final = "record"
PLACE: Final = "bytes"
CHARACTERS: Final = "characters"
_NOTE: Final = NOTE.encode()
_ESCAPED: Final = b"\\u"
"""Any character may be written so, those of a member's name too."""
_BESIDE: Final = (HEADER, DELIMITER, DECIMAL, PLACE, CHARACTERS)
_STANDING: Final = frozenset({TEXT, BASE64, ENCODING, RECORD, *_BESIDE})
"""Members of a note that stand for what is not an event."""


class UnreadEntry(Entry):
    """A line of NDJSON whose JSON is read where it is asked for; it has no note."""

    __slots__ = ()
    note = None
    kept = None

    @property
    def event(self) -> dict[str, Any] | None:
        """What it holds; None if it cannot be used."""
        return read(self.number, self.raw, self.checksum).event

    @property
    def reason(self) -> str:
        """Why it cannot be used; empty if it can."""
        return read(self.number, self.raw, self.checksum).reason

    @property
    def is_event(self) -> bool:
        """It can be used, as far as is known."""
        return True

    def slim(self) -> Entry:
        """Return the same: it holds no event."""
        return self


def unread(number: int, raw: bytes, checksum: int) -> Entry:
    """Return the entry of a line whose JSON another process reads; one that may have a note is read now.

    Args:
        number: Where it stands.
        raw: Its bytes, without white space around them.
        checksum: Of the input up to here.
    """
    if _NOTE in raw or _ESCAPED in raw:
        return read(number, raw, checksum)
    draft: Any = Draft
    made = draft()
    made.number, made.raw, made.checksum = number, raw, checksum
    made.__class__ = UnreadEntry
    later: Entry = made
    return later


def read(number: int, raw: bytes, checksum: int) -> Entry:
    """Read the text of one event, as a line of NDJSON holds it.

    Args:
        number: Where it stands.
        raw: Its bytes, without white space around them.
        checksum: Of the input up to here.
    """
    event = quick_object(raw)
    if event is None:
        try:
            event, reason = decode_object(raw), "the line is not a JSON object"
        except UnicodeDecodeError:
            reason = "the line is not UTF-8"
        except (ValueError, RecursionError) as exc:
            reason = f"the line {why_unreadable(exc)}"
        if event is None:
            return Entry(number, None, reason, raw, checksum)
    if NOTE in event:
        return with_note(number, event, raw, checksum)
    return usual_entry(number, event, raw, checksum)


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
    if event:
        return Entry(number, event, "", raw, checksum, note)
    standing = {name: note[name] for name in _STANDING & note.keys()}
    inner = _read_standing(number, standing, checksum)
    if inner is None:
        return Entry(number, event, "", raw, checksum, note)
    left = {name: value for name, value in note.items() if name not in _STANDING}
    return attrs.evolve(inner, note=left)


def _read_standing(number: int, standing: Mapping[str, Any], checksum: int) -> Entry | None:
    """Return what stands in a note in place of the event; None if nothing does."""
    record, packed, text = (standing.get(name) for name in (RECORD, BASE64, TEXT))
    if isinstance(record, dict):
        return _read_record(number, record, standing, checksum)
    if isinstance(packed, str):
        return _read_base64(number, packed, standing, checksum)
    if not isinstance(text, str):
        return None
    return _read_text(number, text, standing, checksum)


def _read_record(
    number: int, record: dict[str, Any], standing: Mapping[str, Any], checksum: int
) -> Entry:
    raw = compact(record)
    try:
        event = event_of_record(record, standing.get(DECIMAL))
        return Entry(number, event, "", compact(event), checksum)
    except (ValueError, RecursionError) as exc:
        return Entry(number, None, str(exc), raw, checksum, kept=standing)


def _read_base64(number: int, packed: str, standing: Mapping[str, Any], checksum: int) -> Entry:
    encoding = standing.get(ENCODING, "utf-8")
    try:
        raw = base64.b64decode(packed, validate=True)
    except (ValueError, binascii.Error):
        return Entry(number, None, "the bytes are not base64", packed.encode(), checksum)
    try:
        text = raw.decode(str(encoding))
    except LookupError:
        reason = f"there is no encoding {str(encoding)[:40]!r}"
        return Entry(number, None, reason, raw, checksum, kept=_beside(standing))
    except ValueError:
        what = "UTF-8" if encoding == "utf-8" else encoding
        reason = f"the line is not {what}"
        return Entry(number, None, reason, raw, checksum, kept=_beside(standing))
    return _read_text(number, text, standing, checksum)


def _beside(standing: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what has to stay beside a text, or bytes, that could not be read once more."""
    return {name: standing[name] for name in _BESIDE if name in standing} or None


def _read_text(number: int, text: str, standing: Mapping[str, Any], checksum: int) -> Entry:
    kept = _beside(standing)
    try:
        raw = text.encode(errors="surrogateescape").strip()
    except UnicodeEncodeError:
        raw = text.encode(errors="surrogatepass")
        return Entry(number, None, "the text is not UTF-8", raw, checksum, kept=kept)
    if not raw:
        return Entry(number, None, "the text is empty", raw, checksum, kept=kept)
    header = standing.get(HEADER)
    if not isinstance(header, list) or raw.startswith(b"{"):
        return attrs.evolve(read(number, raw, checksum), kept=kept)
    try:
        event = event_of_text(header, text, standing.get(DELIMITER), standing.get(DECIMAL))
        return Entry(number, event, "", compact(event), checksum)
    except (ValueError, RecursionError) as exc:
        return Entry(number, None, str(exc), raw, checksum, kept=kept)


def to_line(entry: Entry, about: Mapping[str, Any]) -> bytes:
    """Write an entry so that a person can look at it and send it again; `read` is the inverse.

    Args:
        entry: With its event, or slim.
        about: Becomes ``_portcall``: JSON values. Members that stand for what is no event are left
            out: ``text``, or ``base64`` with ``encoding`` where the bytes are not text, or ``record``.

    Returns:
        One line of NDJSON with its end.
    """
    about = {name: value for name, value in about.items() if name not in _STANDING}
    event = entry.event
    if event is None and not entry.reason:
        event = read(entry.number, entry.raw, 0).event
    # What stands under our own name already would be lost beside ours.
    if event is not None and NOTE not in event:
        try:
            return compact({NOTE: about, **event}) + b"\n"
        except (ValueError, RecursionError):  # 1e999 is read as infinite; its text is JSON
            if not entry.raw:
                raise
    raw = entry.raw or (b"" if event is None else compact(event))
    return compact({NOTE: {**about, **_standing(raw, entry.kept or {})}}) + b"\n"


def _standing(raw: bytes, kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what stands for an event that is none."""
    if RECORD in kept:
        return kept
    try:
        return {**kept, TEXT: raw.decode()}
    except UnicodeDecodeError:
        return {**kept, BASE64: base64.b64encode(raw).decode(), ENCODING: "utf-8"}
