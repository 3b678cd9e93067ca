"""Parquet: row group by row group, each read in batches."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.optional_packages import needed
from portcall.runs.inputs.tables.arrow_values import python_rows
from portcall.runs.inputs.tables.row_reader import RowReader

_BATCH_ROWS: Final = 512
_BUFFER_BYTES: Final = 1 << 16
_LARGEST_CHUNK_BYTES: Final = 4 << 30
"""What one column of one row group may unpack to."""


class ParquetRows(RowReader):
    """The rows of a Parquet file.

    A row's checksum is that of the bytes of all row groups up to its own, and its number: an earlier run is
    resumed without unpacking the row groups before.

    Raises:
        InputError: pyarrow is not installed, or the file is damaged.
    """

    def __init__(self, name: str) -> None:
        parquet = needed("pyarrow.parquet", "parquet", name, "Parquet")
        arrow = needed("pyarrow", "parquet", name, "Parquet")
        self._errors = (arrow.ArrowException, OSError, ValueError)
        self._groups_sum = 0
        self._skipping = 0
        try:
            self._file = parquet.ParquetFile(name, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        except self._errors as exc:
            raise self._damaged(name, exc) from None
        self._metadata = self._file.metadata
        super().__init__(name)

    @property
    def part(self) -> float:
        """How much of the table was given: 0 to 1."""
        rows: int = self._metadata.num_rows
        return self._number / max(rows, 1)

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._file.close()

    def skip(self, through: int) -> int | None:
        """Pass over all rows up to a number; of the row groups before it nothing is unpacked."""
        if through > self._metadata.num_rows:
            return None
        self._skipping = through
        while self._number < through:
            next(self.entries)
        return self._checksum

    def _read(self) -> Generator[Entry, None, None]:
        found = self._columns(self._file.schema_arrow.names)
        begin = 0
        for group in range(self._metadata.num_row_groups):
            rows = self._metadata.row_group(group).num_rows
            self._groups_sum = self._sum_of(group)
            if begin + rows <= self._skipping:
                yield self._passed(begin + rows)
            else:
                yield from self._group(group, begin, found)
            begin += rows

    def _group(self, group: int, number: int, found: Any) -> Iterator[Entry]:
        try:
            for batch in self._file.iter_batches(
                _BATCH_ROWS, row_groups=[group], use_threads=False
            ):
                unneeded = min(max(self._skipping - number, 0), batch.num_rows)
                if unneeded:
                    number += unneeded
                    yield self._passed(number)
                for values in python_rows(batch.slice(unneeded)):
                    number += 1
                    yield self._row(number, found, values)
        except self._errors as exc:
            raise self._damaged(self._name, exc) from None

    def _passed(self, number: int) -> Entry:
        self._number = number
        self._checksum = self._sum_at(number)
        return Entry(number, None, "passed over", checksum=self._checksum)

    def _row(self, number: int, found: Any, values: Any) -> Entry:
        self._checksum = 0
        entry = super()._row(number, found, values)
        self._checksum = self._sum_at(number)
        return entry.at(self._checksum)

    def _sum_at(self, number: int) -> int:
        return crc32(b"%d" % number, self._groups_sum)

    def _sum_of(self, group: int) -> int:
        """Return the checksum of the bytes of the row groups up to one."""
        total = self._groups_sum
        described = self._metadata.row_group(group)
        with Path(self._name).open("rb") as file:
            for index in range(described.num_columns):
                chunk = described.column(index)
                if chunk.total_uncompressed_size > _LARGEST_CHUNK_BYTES:
                    raise InputError(
                        f"{self._name}: column {chunk.path_in_schema!r} of row group {group + 1} unpacks to "
                        f"{chunk.total_uncompressed_size} bytes; write the file with smaller row groups"
                    )
                first = chunk.dictionary_page_offset or chunk.data_page_offset
                file.seek(first)
                left = chunk.total_compressed_size
                while left > 0 and (read := file.read(min(left, 1 << 20))):
                    total = crc32(read, total)
                    left -= len(read)
        return total

    @staticmethod
    def _damaged(name: str, exc: BaseException) -> InputError:
        said = " ".join(str(exc).split())[:300]
        return InputError(
            f"{name}: the Parquet file cannot be read: {said}; fetch or write it again"
        )
