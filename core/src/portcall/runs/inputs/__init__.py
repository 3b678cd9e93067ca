"""Read events from files, pipes and terminals, however large, and write what could not be sent.

Formats are NDJSON, JSON and CSV, packed with gzip or not. What cannot be read as an event is an
entry with a reason; nothing is held but one event and a few chunks.
"""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.runs.inputs.byte_source import (
        STDIN as STDIN,
    )
    from portcall.runs.inputs.encodings import (
        known_encoding as known_encoding,
    )
    from portcall.runs.inputs.entry import (
        Entry as Entry,
    )
    from portcall.runs.inputs.event_lines import (
        LONGEST_BYTES as LONGEST_BYTES,
        NOTE as NOTE,
        to_line as to_line,
    )
    from portcall.runs.inputs.input_error import (
        InputError as InputError,
    )
    from portcall.runs.inputs.input_file import (
        Input as Input,
        check_input as check_input,
        open_input as open_input,
    )
    from portcall.runs.inputs.input_options import (
        FORMATS as FORMATS,
        InputOptions as InputOptions,
    )
    from portcall.runs.inputs.queries.database import (
        is_url as is_url,
        shown_source as shown_source,
    )
    from portcall.runs.inputs.tables.record_batches import (
        RecordBatches as RecordBatches,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.runs.inputs.byte_source": ("STDIN",),
            "portcall.runs.inputs.encodings": ("known_encoding",),
            "portcall.runs.inputs.entry": ("Entry",),
            "portcall.runs.inputs.event_lines": (
                "LONGEST_BYTES",
                "NOTE",
                "to_line",
            ),
            "portcall.runs.inputs.input_error": ("InputError",),
            "portcall.runs.inputs.input_file": (
                "Input",
                "check_input",
                "open_input",
            ),
            "portcall.runs.inputs.input_options": (
                "FORMATS",
                "InputOptions",
            ),
            "portcall.runs.inputs.queries.database": (
                "is_url",
                "shown_source",
            ),
            "portcall.runs.inputs.tables.record_batches": ("RecordBatches",),
        },
    )
