"""A destination as TOML or JSON, compiled once to ordinary hooks."""

from portcall.declarative.documents import DestinationTable
from portcall.declarative.files import (
    NAMES,
    DestinationFileError,
    compile_destination,
    read_destination,
)
from portcall.declarative.located_text import Fault
from portcall.declarative.schema import destination_schema

__all__ = [
    "NAMES",
    "DestinationFileError",
    "DestinationTable",
    "Fault",
    "compile_destination",
    "destination_schema",
    "read_destination",
]
