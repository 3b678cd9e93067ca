"""CSV with a header row (RFC 4180): each record is one event."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BufferedReader
from typing import Any, Final

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.csv_columns import Column, columns, event_of
from portcall.runs.inputs.entry_reader import Reader
from portcall.runs.inputs.event_lines import (
    CUT_OFF,
    LONGEST_BYTES,
    TOO_LONG,
    Entry,
    cells_as_json,
    compact,
)
from portcall.runs.inputs.input_error import InputError

_OPEN_QUOTE: Final = "unexpected end of data"
"""What csv says where the input ends inside of quotes."""


class Table(Reader):
    """The records of a CSV file; empty lines are none."""

    unit = "record"

    def __init__(self, stream: BufferedReader, source: Source) -> None:
        super().__init__(stream, source)
        self._record = bytearray()
        self._columns: tuple[Column, ...] = ()

    def _read(self) -> Iterator[Entry]:
        first = self._line()
        while first.isspace():
            first = self._line()
        if not first:
            return
        # The limit is the whole process's; `_line` holds ours, and is lower.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_BYTES))
        records = csv.reader(self._lines(first), delimiter=_delimiter(first), strict=True)
        self._columns = self._header(records)
        while self._columns:
            self._record.clear()
            try:
                cells = next(records, None)
            except csv.Error as exc:
                yield self._unreadable(str(exc))
                continue
            if cells is None:
                return
            if cells:
                yield self._entry(cells)

    def _header(self, records: Iterator[list[str]]) -> tuple[Column, ...]:
        """Read the first row; none if a stop was asked for in the middle of it."""
        try:
            names = next(records)
        except csv.Error as exc:
            if self._source.cut:
                return ()
            raise InputError(f"{self._source.name}: the header is not CSV: {exc}") from exc
        return () if self._is_cut() else columns(self._source.name, names)

    def _entry(self, cells: list[str]) -> Entry:
        self._number += 1
        if self._is_cut():
            return self._bad(CUT_OFF, bytes(self._record.strip()))
        try:
            event, raw = self._converted(cells)
        except ValueError as exc:
            return self._bad(str(exc), cells_as_json(cells))
        return self._event(event, raw)

    def _converted(self, cells: list[str]) -> tuple[dict[str, Any], bytes]:
        if not _is_utf8(self._record):
            raise ValueError("the record is not UTF-8")
        if len(cells) > len(self._columns):
            raise ValueError(
                f"the record has {len(cells)} cells, and the header {len(self._columns)}"
            )
        event = event_of(self._columns, cells)
        try:
            return event, compact(event)
        except (ValueError, RecursionError) as exc:
            raise ValueError("the record has a value that JSON cannot hold") from exc

    def _unreadable(self, why: str) -> Entry:
        self._number += 1
        if self._source.cut:
            return self._bad(CUT_OFF, bytes(self._record.strip()))
        if why == _OPEN_QUOTE:
            raise InputError(
                f"{self._source.name}: a quote is left open in record {self._number}; everything "
                "before was read; close it there"
            )
        return self._bad(f"the record is not CSV: {why}", bytes(self._record.strip()))

    def _is_cut(self) -> bool:
        return self._source.cut and not self._record.endswith(b"\n")

    def _lines(self, line: bytes) -> Iterator[str]:
        while line:
            yield line.decode(errors="surrogateescape")
            line = self._line()

    def _line(self) -> bytes:
        """Return one more line of the record that is read now."""
        line = self._stream.readline(LONGEST_BYTES + 1)
        self._record += line
        self._consumed += len(line)
        if len(self._record) > LONGEST_BYTES:
            raise InputError(
                f"{self._source.name}: record {self._number + 1} {TOO_LONG}; everything "
                "before was read; is a quote left open there?"
            )
        return line


def _delimiter(header: bytes) -> str:
    """Return what stands between the names: spreadsheets write semicolons where the comma is taken."""
    return next((each for each in ",;\t" if each.encode() in header), ",")


def _is_utf8(text: bytearray) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
