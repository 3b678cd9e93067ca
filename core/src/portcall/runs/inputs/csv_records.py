"""CSV with a header row (RFC 4180): each record is one event."""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterator
from io import BufferedReader
from typing import Any, Final

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.csv_columns import EITHER, MORE, Column, columns, event_of
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.entry_reader import TextReader
from portcall.runs.inputs.event_lines import (
    CUT_OFF,
    DECIMAL,
    DELIMITER,
    HEADER,
    LONGEST_BYTES,
    RECORD,
    TOO_LONG,
)
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.json_values import cells_as_json, compact

_SEPARATOR: Final = re.compile(rb'"?sep=([;,|:\t])"?', re.IGNORECASE)
"""The first line that Excel reads, and some programs write, to say what stands between cells."""

_OPEN_QUOTE: Final = "unexpected end of data"
"""What csv says where the input ends inside of quotes."""


class Table(TextReader):
    """The records of a CSV file; empty lines are none."""

    unit = "record"

    def __init__(
        self,
        stream: BufferedReader,
        source: Source,
        *,
        delimiter: str | None = None,
        decimal: str | None = None,
    ) -> None:
        super().__init__(stream, source)
        self._delimiter = delimiter
        self._decimal = decimal
        self._record = bytearray()
        self._columns: tuple[Column, ...] = ()

    @property
    def is_between(self) -> bool:
        """No record is read half."""
        return not self._record

    def _read(self) -> Generator[Entry, None, None]:
        first = self._line()
        while first.isspace():
            first = self._line()
        if said := _SEPARATOR.fullmatch(first.rstrip(b"\r\n")):
            self._delimiter = said[1].decode()
            first = self._line()
        if not first:
            return
        self._delimiter = self._delimiter or _delimiter(first)
        # The limit is the whole process's; `_line` holds ours, and is lower.
        csv.field_size_limit(max(csv.field_size_limit(), LONGEST_BYTES))
        records = csv.reader(self._lines(first), delimiter=self._delimiter, strict=True)
        self._columns = self._header(records)
        self.header_bytes = self._consumed
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
        return () if self._is_cut() else self._named(names)

    def _named(self, names: list[str]) -> tuple[Column, ...]:
        # Where a comma stands before fractions, cells are parted by semicolons.
        self._decimal = self._decimal or (EITHER if self._delimiter == ";" else ".")
        return columns(self._source.name, names, self._decimal)

    def _entry(self, cells: list[str]) -> Entry:
        self._number += 1
        if self._is_cut():
            return self._bad_text(CUT_OFF)
        try:
            event, raw = self._converted(cells)
        except ValueError as exc:
            if not _is_utf8(self._record):
                return self._bad_text(str(exc))
            kept = {**self._marks(DECIMAL), RECORD: self._as_object(cells)}
            return self._bad(str(exc), cells_as_json(cells), kept=kept)
        return self._event(event, raw)

    def _bad_text(self, reason: str) -> Entry:
        """Return a record that is kept as it stands, beside the header."""
        headers = [column.header for column in self._columns]
        kept = {HEADER: headers, **self._marks(DELIMITER, DECIMAL)}
        return self._bad(reason, bytes(self._record.strip()), kept=kept)

    def _marks(self, *names: str) -> dict[str, Any]:
        """Return those of the file's marks that are not the usual ones."""
        usual = {DELIMITER: (self._delimiter, ","), DECIMAL: (self._decimal, ".")}
        return {name: usual[name][0] for name in names if usual[name][0] != usual[name][1]}

    def _as_object(self, cells: list[str]) -> dict[str, Any]:
        headers = [column.header for column in self._columns]
        record: dict[str, Any] = dict(zip(headers, cells, strict=False))
        more = cells[len(headers) :]
        return {**record, MORE: more} if more else record

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
            return self._bad_text(CUT_OFF)
        if why == _OPEN_QUOTE:
            raise InputError(
                f"{self._source.name}: a quote is left open in record {self._number}; everything "
                "before was read; close it there"
            )
        return self._bad_text(f"the record is not CSV: {why}")

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
    outside = b"".join(header.split(b'"')[::2])
    # Of those that are there equally often, the first.
    return max(",;\t", key=lambda each: outside.count(each.encode()))


def _is_utf8(text: bytearray) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
