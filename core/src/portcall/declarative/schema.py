"""The JSON Schema of destination files, for editors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portcall.declarative.documents import DestinationTable
from portcall.fields.schema import json_schema


def destination_schema(schemes: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of a destination file.

    Args:
        schemes: Names of schemes, each of which may have a table of declarations of its name.

    Returns:
        A schema of draft 2020-12 as plain JSON.
    """
    schema = json_schema(DestinationTable)
    tables = {
        name: {"type": "object", "title": f"Declarations to the scheme {name}"}
        for name in sorted(schemes)
        if name not in schema["properties"]
    }
    return {
        **schema,
        "title": "A portcall destination",
        "properties": {**schema["properties"], **tables},
    }
