"""A destination as TOML or JSON, compiled once to ordinary hooks."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.declarative.documents import (
        DestinationTable as DestinationTable,
    )
    from portcall.declarative.files import (
        NAMES as NAMES,
        DestinationFileError as DestinationFileError,
        compile_destination as compile_destination,
        read_destination as read_destination,
    )
    from portcall.declarative.located_text import (
        Fault as Fault,
    )
    from portcall.declarative.schema import (
        destination_schema as destination_schema,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.declarative.documents": ("DestinationTable",),
            "portcall.declarative.files": (
                "NAMES",
                "DestinationFileError",
                "compile_destination",
                "read_destination",
            ),
            "portcall.declarative.located_text": ("Fault",),
            "portcall.declarative.schema": ("destination_schema",),
        },
    )
