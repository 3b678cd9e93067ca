"""What an input is by its first bytes, where that is not text: refused with what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.lookahead import Head
from portcall.runs.inputs.packed.unzip import ZIP_MAGIC
from portcall.runs.inputs.queries.database import database_kind
from portcall.runs.inputs.tables.arrow_rows import ARROW_MAGIC, ARROW_STREAM_MAGIC, ArrowRows
from portcall.runs.inputs.tables.excel_rows import ExcelRows
from portcall.runs.inputs.tables.parquet_rows import ParquetRows
from portcall.runs.inputs.tables.row_reader import RowReader

_LOOK_BYTES: Final = 1024
_UNPACK: Final = "unpack it first"
_AS_XLSX: Final = "save it as .xlsx or as CSV"
_MAGIC: Final = (
    (0, b"FEA1", "Feather of version 1", "write it as version 2, or as Parquet"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Office document", _AS_XLSX),
    (0, b"BZh", "packed with bzip2", f"{_UNPACK}: bunzip2 --keep"),
    (0, b"\xfd7zXZ\x00", "packed with xz", f"{_UNPACK}: unxz --keep"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (0, b"\x04\x22\x4d\x18", "packed with lz4", f"{_UNPACK}: unlz4"),
    (257, b"ustar", "a tar archive", f"{_UNPACK}: tar -xf"),
    (0, b"Obj\x01", "Avro", "write it as Parquet or NDJSON"),
    (0, b"ORC", "ORC", "write it as Parquet or NDJSON"),
    (0, b"%PDF-", "a PDF document", "fetch the data themselves"),
    (0, b"{\\rtf", "a text document (RTF)", "save it as CSV"),
    (0, b"\x89PNG\r\n", "a picture", "name the file of the events"),
    (0, b"\xff\xd8\xff", "a picture", "name the file of the events"),
    (0, b"\x7fELF", "a program", "name the file of the events"),
)
_WORKBOOK: Final = (b"[Content_Types].xml", b"xl/", b"_rels/", b"docProps/", b"mimetype")
_MARKUP: Final = (b"<!doctype", b"<html", b"<?xml")


Table = Callable[[str], RowReader]
"""Reads the rows of a file, by its path."""


def table_kind(head: Head, sheet: str | None) -> tuple[str, Table] | None:
    """Return what a file with rows is called, and what reads it; None if it is something else.

    Args:
        head: The file as it is on disk.
        sheet: Of a workbook.
    """
    begun = head.peek(_LOOK_BYTES)
    if begun.startswith(b"PAR1"):
        return "Parquet", ParquetRows
    if begun.startswith(ARROW_MAGIC):
        return "Arrow", partial(ArrowRows, is_stream=False)
    if begun.startswith(ARROW_STREAM_MAGIC) and begun[8:9] != b"":
        return "Arrow", partial(ArrowRows, is_stream=True)
    if begun.startswith(bytes(ZIP_MAGIC)) and begun[30:].startswith(_WORKBOOK):
        return "an Excel workbook", partial(ExcelRows, sheet=sheet)
    return None


def refuse_binary(head: Head, name: str) -> None:
    """Refuse what is not text, before anything of it is read as such.

    Args:
        head: The input in UTF-8, unpacked.
        name: Of the input, for messages.

    Raises:
        InputError: Says what it is, and what to do.
    """
    begun = head.peek(_LOOK_BYTES)
    if database := database_kind(begun):
        raise InputError(f"{name}: this is {database}; say with query= which rows are the events")
    for at, magic, what, advice in _MAGIC:
        if begun.startswith(magic, at):
            raise InputError(f"{name}: this is {what}, not text with events; {advice}")
    if begun.lstrip()[:9].lower().startswith(_MARKUP):
        raise InputError(
            f"{name}: this is HTML or XML, not text with events; is it a login or error page?"
        )
    if b"\0" not in begun:
        return
    halves = begun[::2], begun[1::2]
    for encoding, zeros, letters in (("utf-16-le", *halves[::-1]), ("utf-16-be", *halves)):
        if zeros.count(0) > len(zeros) // 2 and not letters.count(0):
            raise InputError(
                f"{name}: the text is not UTF-8; it looks like {encoding}: give encoding={encoding!r}"
            )
    raise InputError(f"{name}: this is binary data of an unknown kind, not text")
