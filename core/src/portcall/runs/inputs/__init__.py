"""Read events from files, pipes and terminals, however large, and write what could not be sent.

Formats are NDJSON, JSON and CSV, packed with gzip or not. What cannot be read as an event is an
entry with a reason; nothing is held but one event and a few chunks.
"""

from __future__ import annotations

from portcall.runs.inputs.byte_source import STDIN
from portcall.runs.inputs.encodings import known_encoding
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.event_lines import LONGEST_BYTES, NOTE, to_line
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.input_file import Input, check_input, open_input
from portcall.runs.inputs.input_options import FORMATS, InputOptions
from portcall.runs.inputs.queries.database import is_url, shown_source
from portcall.runs.inputs.tables.record_batches import RecordBatches

__all__ = [
    "FORMATS",
    "LONGEST_BYTES",
    "NOTE",
    "STDIN",
    "Entry",
    "Input",
    "InputError",
    "InputOptions",
    "RecordBatches",
    "check_input",
    "is_url",
    "known_encoding",
    "open_input",
    "shown_source",
    "to_line",
]
