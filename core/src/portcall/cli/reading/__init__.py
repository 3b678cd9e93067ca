"""Read events from files, pipes and terminals, however large, and write what could not be sent.

Formats are NDJSON, JSON and CSV, packed with gzip or not. What cannot be read as an event is an
entry with a reason; nothing is held but one event and a few chunks.
"""

from __future__ import annotations

from portcall.cli.reading.entry import LONGEST_BYTES, Entry
from portcall.cli.reading.errors import InputError
from portcall.cli.reading.notes import NOTE, to_line
from portcall.cli.reading.opening import FORMATS, Input, open_input
from portcall.cli.reading.source import STDIN

__all__ = [
    "FORMATS",
    "LONGEST_BYTES",
    "NOTE",
    "STDIN",
    "Entry",
    "Input",
    "InputError",
    "open_input",
    "to_line",
]
