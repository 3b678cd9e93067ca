"""Arrow files (Feather of version 2) and streams, record batch by record batch."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final

from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.optional_packages import needed
from portcall.runs.inputs.tables.arrow_values import python_rows
from portcall.runs.inputs.tables.row_reader import RowReader

ARROW_MAGIC: Final = b"ARROW1"
ARROW_STREAM_MAGIC: Final = b"\xff\xff\xff\xff"
_SLICE_ROWS: Final = 512


class ArrowRows(RowReader):
    """The rows of an Arrow file or stream.

    Args:
        name: Of the file.
        is_stream: It is one without a footer.

    Raises:
        InputError: pyarrow is not installed, or the file is damaged.
    """

    def __init__(self, name: str, *, is_stream: bool) -> None:
        arrow = needed("pyarrow", "parquet", name, "Arrow")
        ipc = needed("pyarrow.ipc", "parquet", name, "Arrow")
        self._errors = (arrow.ArrowException, OSError, ValueError)
        self._part = 0.0
        try:
            self._file = arrow.memory_map(name)
            opened = ipc.open_stream if is_stream else ipc.open_file
            self._batches: Any = opened(self._file)
        except self._errors as exc:
            raise self._damaged(name, exc) from None
        self._is_stream = is_stream
        super().__init__(name)

    @property
    def part(self) -> float:
        """How much of the table was given: 0 to 1."""
        return self._part

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._file.close()

    def _read(self) -> Generator[Entry, None, None]:
        found = self._columns(self._batches.schema.names)
        number = 0
        try:
            for batch in self._record_batches():
                for begin in range(0, batch.num_rows, _SLICE_ROWS):
                    for values in python_rows(batch.slice(begin, _SLICE_ROWS)):
                        number += 1
                        yield self._row(number, found, values)
        except self._errors as exc:
            raise self._damaged(self._name, exc) from None

    def _record_batches(self) -> Iterator[Any]:
        if self._is_stream:
            for batch in self._batches:
                self._part = self._file.tell() / max(self._file.size(), 1)
                yield batch
            return
        count = self._batches.num_record_batches
        for index in range(count):
            yield self._batches.get_batch(index)
            self._part = (index + 1) / count

    @staticmethod
    def _damaged(name: str, exc: BaseException) -> InputError:
        said = " ".join(str(exc).split())[:300]
        return InputError(f"{name}: the Arrow file cannot be read: {said}; fetch or write it again")
