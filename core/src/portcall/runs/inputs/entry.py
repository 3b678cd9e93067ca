"""One event of an input: where it stands, what it holds, and why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs


@attrs.frozen
class Entry:
    """One event of an input, or what could not be read as one.

    Args:
        number: Counted from 1: the line of NDJSON, empty ones included; the item of JSON; the
            record of CSV, without the header; the row of a table, of a sheet with its header.
        event: What it holds, without ``_portcall``; None if it cannot be used.
        reason: Why it cannot; empty if it can.
        raw: What was read as the event. NDJSON: the line without the white space around it, or
            the ``text`` that stood in its place. JSON: the item's text. CSV: the event as compact
            JSON; if there is none, the cells as a JSON array, or the text that is not CSV. Empty
            if it is longer than 8 MiB.
        checksum: CRC-32 of this and all entries before it, as they stood in the input; one that
            is longer than 8 MiB counts for nothing.
        note: What an earlier run wrote beside the event, without what stands for the event.
        kept: What stands for it in a dead letter, if that is not the text: of CSV ``record``, an object
            from header to cell, or ``header`` beside the text; of what is too long its place in the unpacked
            text, from ``bytes`` or ``characters`` to the one behind it.
    """

    number: int
    event: dict[str, Any] | None
    reason: str = ""
    raw: bytes = attrs.field(default=b"", repr=False)
    checksum: int = 0
    note: Mapping[str, Any] | None = None
    kept: Mapping[str, Any] | None = None

    @property
    def is_event(self) -> bool:
        """It can be used, as far as is known: it may not have been read yet."""
        return self.event is not None

    def slim(self) -> Entry:
        """Return the same without its event, for keeping many; `to_line` finds it in ``raw``."""
        made = usual_entry(self.number, None, self.raw, self.checksum)
        if self.reason or self.note is not None or self.kept is not None:
            return attrs.evolve(made, reason=self.reason, note=self.note, kept=self.kept)
        return made

    def at(self, checksum: int) -> Entry:
        """Return the same with another checksum."""
        return attrs.evolve(self, checksum=checksum)


class Draft(Entry):
    """An entry that can still be written to; only `usual_entry` and `event_lines.unread` see it."""

    __slots__ = ()
    # Both, or Python would not write straight into the slots.
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__
    __init__ = object.__init__


def usual_entry(number: int, event: dict[str, Any] | None, raw: bytes, checksum: int) -> Entry:
    """Return an entry about which there is no more to say."""
    # Two are made for each event; what attrs generates for a frozen class takes four times as long.
    draft: Any = Draft
    made = draft()
    made.number = number
    made.event = event
    made.reason = ""
    made.raw = raw
    made.checksum = checksum
    made.note = made.kept = None
    made.__class__ = Entry
    usual: Entry = made
    return usual
