"""What the header of a CSV file says: where in the event each cell goes, and of which type."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

import attrs

from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.json_values import compact, decode

MORE: Final = "..."
"""Stands in a dead letter for the header of cells that have none."""

_NOT_UTF8: Final = re.compile("[\ud800-\udfff]")


@attrs.frozen
class Column:
    """One column.

    Args:
        header: As it is written: ``properties.total:number``.
        path: Where in the event the value goes: ``("properties", "total")``.
        convert: Makes the value of a cell that is not empty, or raises ValueError.
        type: For messages.
    """

    header: str
    path: tuple[str, ...]
    convert: Callable[[str], Any]
    type: str


def columns(name: str, headers: Iterable[str], decimal: str = ".") -> tuple[Column, ...]:
    """Read the header row.

    Args:
        name: Of the file, for messages.
        headers: The cells of the row.
        decimal: What stands before the fraction in columns of numbers.

    Raises:
        InputError: One is empty or not UTF-8, there twice, or inside of another.
    """
    headers = list(headers)
    if headers and headers[0].lstrip()[:1] in {"{", "["}:
        raise InputError(f"{name}: its first line is JSON, not the header of a CSV file")
    found = tuple(
        _column(name, number, header, decimal) for number, header in enumerate(headers, 1)
    )
    seen: dict[tuple[str, ...], Column] = {}
    for column in found:
        if column.path in seen:
            raise InputError(
                f"{name}: two columns are called {'.'.join(column.path)!r}; rename one"
            )
        seen[column.path] = column
    for column in found:
        for end in range(1, len(column.path)):
            if outer := seen.get(column.path[:end]):
                raise InputError(
                    f"{name}: column {column.header!r} would be inside of column "
                    f"{outer.header!r}, which is not an object; rename one"
                )
    return found


def event_of(found: Iterable[Column], cells: Iterable[str]) -> dict[str, Any]:
    """Make one event; an empty cell is left out.

    Raises:
        ValueError: A cell is not of its column's type; names the column.
    """
    event: dict[str, Any] = {}
    for column, cell in zip(found, cells, strict=False):
        if cell:
            _put(event, column, cell)
    return event


def event_of_record(record: Mapping[str, Any], decimal: Any = None) -> dict[str, Any]:
    """Make the event of a record that a dead letter holds, by the header of each cell.

    Raises:
        ValueError: A cell is not of its column's type, or a name cannot be one; names it.
    """
    if MORE in record:
        raise ValueError(f"the record has more cells than the header: delete {MORE!r}")
    return event_of(_columns_of(list(record), decimal), map(_as_cell, record.values()))


def event_of_text(
    header: Sequence[Any], text: str, delimiter: Any = None, decimal: Any = None
) -> dict[str, Any]:
    """Make the event of a text that a dead letter holds, which is one record of a CSV file.

    Raises:
        ValueError: It is not, or has not the header's columns.
    """
    one = delimiter if isinstance(delimiter, str) and len(delimiter) == 1 else ","
    try:
        records = list(csv.reader(text.splitlines(keepends=True), delimiter=one, strict=True))
    except csv.Error as exc:
        raise ValueError(f"the record is not CSV: {exc}") from exc
    if len(records) != 1 or len(records[0]) > len(header):
        raise ValueError(f"the text is not one record of {len(header)} cells")
    return event_of(_columns_of(header, decimal), records[0])


def _columns_of(header: Sequence[Any], decimal: Any) -> tuple[Column, ...]:
    mark = decimal if decimal in _DECIMALS else "."
    try:
        return columns("the record", map(str, header), mark)
    except InputError as exc:
        raise ValueError(str(exc)) from exc


def _as_cell(value: Any) -> str:
    """Return a cell as text; a person may have corrected it to a value of JSON."""
    return value if isinstance(value, str) else compact(value).decode()


def _put(event: dict[str, Any], column: Column, cell: str) -> None:
    try:
        value = column.convert(cell)
    except (ValueError, RecursionError) as exc:
        raise ValueError(f"column {column.header!r} is not {column.type}") from exc
    *outer, last = column.path
    for part in outer:
        event = event.setdefault(part, {})
    event[last] = value


def _column(file: str, number: int, header: str, decimal: str) -> Column:
    name, colon, kind = header.strip().rpartition(":")
    if not colon or kind not in _TYPES:
        near = get_close_matches(kind, _TYPES, n=1) if colon else []
        if near:
            raise InputError(f"{file}: column {header!r}: did you mean '{name}:{near[0]}'?")
        name, kind = header.strip(), ""
    path = tuple(name.split("."))
    if not all(path) or _NOT_UTF8.search(name):
        raise InputError(
            f"{file}: the header of column {number}, {header!r}, has an empty or unreadable name; "
            "name every column in the first row"
        )
    if kind == "number" and decimal != ".":
        return Column(header.strip(), path, _DECIMALS[decimal], "a number")
    return Column(header.strip(), path, *_TYPES[kind])


def _number(cell: str) -> int | float:
    value = _json(cell)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(cell)
    return value


def _comma_number(cell: str) -> int | float:
    """Read a number with a comma before its fraction; points may part its thousands."""
    if not _COMMA_NUMBER.fullmatch(text := cell.strip()):
        raise ValueError(cell)
    return _number(text.replace(".", "").replace(",", "."))


def _either_number(cell: str) -> int | float:
    """Read a number with a comma or a point before its fraction."""
    return _comma_number(cell) if "," in cell else _number(cell)


def _boolean(cell: str) -> bool:
    word = cell.strip().lower()  # spreadsheets write TRUE
    if word not in {"true", "false"}:
        raise ValueError(cell)
    return word == "true"


def _json(cell: str) -> Any:
    text = cell.strip()
    value, end = decode(text)
    if end != len(text):
        raise ValueError(cell)
    return value


_TYPES: Final[Mapping[str, tuple[Callable[[str], Any], str]]] = {
    "": (str, "text"),
    "number": (_number, "a number"),
    "boolean": (_boolean, "true or false"),
    "json": (_json, "JSON"),
}
"""By what a header says after its colon."""

_COMMA_NUMBER: Final = re.compile(
    r"-?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?(?:[eE][+-]?\d+)?", re.ASCII
)
EITHER: Final = ",."
_DECIMALS: Final = {",": _comma_number, EITHER: _either_number}
