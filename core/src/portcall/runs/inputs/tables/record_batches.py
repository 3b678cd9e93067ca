"""Rows that another program hands over as Arrow record batches."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, Final

from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.json_values import compact, decode, why_unreadable
from portcall.runs.inputs.tables.arrow_values import python_rows
from portcall.runs.inputs.tables.row_reader import RowReader
from portcall.runs.inputs.tables.row_values import json_value

_SLICE_ROWS: Final = 512


class RecordBatches(RowReader):
    """The rows of record batches as entries: what an engine such as Spark has of a table.

    Args:
        name: Of the table, for messages.
        batches: ``pyarrow.RecordBatch`` objects, all with the same columns.
        event: Column that holds the event: a struct, a map, or text with JSON. Empty if the columns are the
            members of the event; their names are read as those of a table in a file.

    Example::

        for entry in RecordBatches("orders", table.to_batches()).entries:
            print(entry.number, entry.event or entry.reason)
    """

    def __init__(self, name: str, batches: Iterable[Any], event: str = "") -> None:
        self._batches = batches
        self._event_column = event
        super().__init__(name)

    def _read(self) -> Generator[Entry, None, None]:
        number = 0
        for batch in self._batches:
            names = batch.schema.names
            place = names.index(self._event_column) if self._event_column in names else None
            found = () if self._event_column else self._columns(names)
            for begin in range(0, batch.num_rows, _SLICE_ROWS):
                for values in python_rows(batch.slice(begin, _SLICE_ROWS)):
                    number += 1
                    if self._event_column:
                        yield self._whole(number, values, place)
                    else:
                        yield self._row(number, found, values)

    def _whole(self, number: int, values: Sequence[Any], place: int | None) -> Entry:
        """Return the entry of a row whose event stands in one column."""
        self._number = number
        column = self._event_column
        if place is None:
            return self._bad(
                f"there is no column {column!r}", compact([f"{each}" for each in values])
            )
        try:
            event = _event(values[place])
            raw = compact(event)
        except TypeError:
            return self._bad(f"column {column!r} is not a JSON object", f"{values[place]}".encode())
        except (ValueError, RecursionError) as exc:
            is_text = isinstance(values[place], str)
            why = why_unreadable(exc) if is_text else f"cannot be sent: {exc}"
            return self._bad(f"column {column!r} {why}", f"{values[place]}".encode())
        return self._event(event, raw)


def _event(value: Any) -> dict[str, Any]:
    event = _decoded(value.strip()) if isinstance(value, str) else json_value(value)
    if not isinstance(event, dict):
        raise TypeError
    return event


def _decoded(text: str) -> Any:
    value, end = decode(text)
    if end < len(text):
        raise ValueError("more than one value")
    return value
