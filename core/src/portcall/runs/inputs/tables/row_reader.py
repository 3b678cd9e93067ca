"""The rows of a table as entries, whatever reads them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from portcall.runs.inputs.csv_columns import Column, columns
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.entry_reader import Reader
from portcall.runs.inputs.json_values import compact
from portcall.runs.inputs.tables.row_values import json_value


class RowReader(Reader):
    """The rows of a table; a name of a column says where in the event a value goes, as of CSV.

    Args:
        name: Of the input, for messages.
    """

    unit = "row"

    def __init__(self, name: str) -> None:
        self.name = self._name = name
        super().__init__()

    @abstractmethod
    def _read(self) -> Generator[Entry, None, None]: ...

    @property
    def part(self) -> float:
        """How much of the table was given: 0 to 1."""
        return 0.0

    def close(self) -> None:
        """Close the table, and what is being read of it."""
        self.entries.close()

    def _columns(self, names: Iterable[str], decimal: str = ".") -> tuple[Column, ...]:
        return columns(self._name, names, decimal)

    def _row(self, number: int, found: Sequence[Column], values: Iterable[Any]) -> Entry:
        """Return the entry of one row."""
        self._number = number
        values = list(values)
        try:
            event = _event(found, values)
            raw = compact(event)
        except (ValueError, RecursionError) as exc:
            record = {c.header: _shown(v) for c, v in zip(found, values, strict=False)}
            return self._bad(str(exc), compact(record), kept={"record": record})
        return self._event(event, raw)


def _event(found: Sequence[Column], values: Iterable[Any]) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for column, value in zip(found, values, strict=False):
        inner = event
        *outer, last = column.path
        for part in outer:
            inner = inner.setdefault(part, {})
        try:
            is_text = isinstance(value, str) and column.type != "text"
            inner[last] = column.convert(value) if is_text else json_value(value)
        except (ValueError, RecursionError) as exc:
            why = f"is not {column.type}" if isinstance(value, str) else f"cannot be sent: {exc}"
            raise ValueError(f"column {column.header!r} {why}") from exc
    return event


def _shown(value: Any) -> Any:
    """Return a value for a dead letter, which has to hold every one."""
    try:
        return json_value(value)
    except (ValueError, RecursionError):
        return str(value)
