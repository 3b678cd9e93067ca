"""Excel workbooks (.xlsx): the rows of one sheet, by the names in its first row."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Generator, Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from portcall.runs.inputs.csv_columns import Column
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.optional_packages import needed
from portcall.runs.inputs.tables.row_reader import RowReader

_LARGEST_PART_BYTES: Final = 256 << 20
"""What a part of a workbook that is held as a whole may unpack to; rows are read one by one."""

_READ_BY_ROW: Final = "xl/worksheets/"
_NEVER_READ: Final = "xl/media/"


class ExcelRows(RowReader):
    """The rows of a sheet; numbers are those of the sheet, whose first row is the header.

    Args:
        name: Of the file.
        sheet: Which sheet; None for the first.

    Raises:
        InputError: openpyxl is not installed, the file is damaged or too large, or has no such sheet.
    """

    def __init__(self, name: str, sheet: str | None) -> None:
        openpyxl = needed("openpyxl", "excel", name, "an Excel workbook")
        _refuse_large(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what is no value of a cell
            try:
                self._book = openpyxl.load_workbook(name, read_only=True, data_only=True)
            except Exception as exc:  # noqa: BLE001  # it raises what each part of it does
                raise _damaged(name, exc) from None
        try:
            self._sheet = self._named(name, sheet)
        except InputError:
            self._book.close()
            raise
        self._most = self._sheet.max_row or 0
        self._sheet.reset_dimensions()  # some programs write wrong ones
        self._rows: Any = self._sheet.iter_rows()
        super().__init__(name)

    @property
    def part(self) -> float:
        """How much of the table was given: 0 to 1."""
        return min(self._number / self._most, 1.0) if self._most else 0.0

    def close(self) -> None:
        """Close the workbook."""
        super().close()
        self._rows.close()
        self._book.close()

    def _named(self, name: str, sheet: str | None) -> Any:
        sheets = {each.title: each for each in self._book.worksheets}
        if not sheets:
            raise InputError(f"{name}: the workbook has no sheet with cells")
        if sheet is None:
            return next(iter(sheets.values()))
        if sheet not in sheets:
            near = get_close_matches(sheet, sheets, n=1)
            hint = (
                f"did you mean {near[0]!r}?" if near else f"it has {', '.join(map(repr, sheets))}"
            )
            raise InputError(f"{name}: there is no sheet {sheet!r}; {hint}")
        return sheets[sheet]

    def _read(self) -> Generator[Entry, None, None]:
        found: tuple[Column, ...] = ()
        rows = enumerate(self._rows, 1)
        while row := self._next(rows):
            number, cells = row
            if all(cell.value is None for cell in cells):
                continue
            if found:
                yield self._entry(number, found, cells)
            else:
                found = self._header(cells)

    def _next(self, rows: Iterator[tuple[int, Any]]) -> tuple[int, Any] | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return next(rows, None)
            except Exception as exc:  # noqa: BLE001  # as above
                raise _damaged(self._name, exc) from None

    def _header(self, cells: Any) -> tuple[Column, ...]:
        names = ["" if cell.value is None else str(cell.value) for cell in cells]
        while names and not names[-1]:
            names.pop()
        return self._columns(names)

    def _entry(self, number: int, found: tuple[Column, ...], cells: Any) -> Entry:
        filled = [(place, cell) for place, cell in enumerate(cells) if cell.value is not None]
        for place, cell in filled:
            if place >= len(found):
                where = f"{cell.column_letter}{number}"
                return self._refused(number, found, filled, f"the cell {where} has no header")
            if cell.data_type == "e":
                why = f"column {found[place].header!r} is the error {cell.value}"
                return self._refused(number, found, filled, why)
        return self._row(number, [found[at] for at, _ in filled], [_value(c) for _, c in filled])

    def _refused(self, number: int, found: Any, filled: Any, why: str) -> Entry:
        self._number = number
        names = {place: column.header for place, column in enumerate(found)}
        record = {names.get(place, "..."): str(_value(cell)) for place, cell in filled}
        return self._bad(why, repr(record).encode(), kept={"record": record})


def _value(cell: Any) -> Any:
    """Return the value of a cell; what has a date and no time in its format is a date."""
    value = cell.value
    shows_time = "h" in (cell.number_format or "").lower()
    if isinstance(value, datetime) and not shows_time and value.time() == datetime.min.time():
        return value.date()
    return value


def _refuse_large(name: str) -> None:
    try:
        with zipfile.ZipFile(name) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as exc:
        raise _damaged(name, exc) from None
    for part in parts:
        is_held = not part.filename.startswith((_READ_BY_ROW, _NEVER_READ))
        if is_held and part.file_size > _LARGEST_PART_BYTES:
            raise InputError(
                f"{name}: {part.filename} of the workbook unpacks to {part.file_size} bytes; save the sheet "
                "as CSV"
            )


def _damaged(name: str, exc: BaseException) -> InputError:
    said = " ".join(str(exc).split())[:300]
    return InputError(f"{name}: the workbook cannot be read: {said}; save it again, or as CSV")
