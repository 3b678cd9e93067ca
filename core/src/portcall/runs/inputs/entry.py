"""One event of an input, or what could not be read as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

LONGEST_BYTES: Final = 8 << 20
"""What one event may have; one that is longer is passed over, never held."""

TOO_LONG: Final = f"is longer than {LONGEST_BYTES} bytes"
CUT_OFF: Final = "the input was cut off here"


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
