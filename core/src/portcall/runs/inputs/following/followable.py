"""Find out whether a file can be followed: lines of text and CSV can; other formats are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BufferedReader
from pathlib import Path, PurePath
from typing import Final

from portcall.runs.inputs.binary_kinds import refuse_binary, table_kind
from portcall.runs.inputs.byte_source import STDIN
from portcall.runs.inputs.csv_records import Table
from portcall.runs.inputs.encodings import UTF8, bom_encoding
from portcall.runs.inputs.entry_reader import TextReader
from portcall.runs.inputs.following.growing_source import GrowingSource
from portcall.runs.inputs.following.stream_places import Place
from portcall.runs.inputs.input_check import check_begun
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.input_file import TABLES, format_by_name
from portcall.runs.inputs.input_options import InputOptions
from portcall.runs.inputs.lookahead import CHUNK_BYTES, Head
from portcall.runs.inputs.ndjson_lines import Lines
from portcall.runs.inputs.packed.gunzip import MAGIC
from portcall.runs.inputs.packed.unzip import ZIP_MAGIC
from portcall.runs.inputs.packed.unzstd import ZSTD_MAGIC
from portcall.runs.inputs.queries.database import is_url, shown_source

_BOM_BYTES: Final = 3
_KINDS: Final = {
    "packed with gzip": (".gz", ".gzip"),
    "packed with zstd": (".zst", ".zstd"),
    "a zip archive": (".zip",),
    "packed with bzip2": (".bz2",),
    "packed with xz": (".xz",),
    "Parquet": (".parquet",),
    "Arrow": (".arrow", ".feather"),
    "an Excel workbook": (".xlsx", ".xls", ".xlsm"),
    "a database": (".db", ".sqlite", ".sqlite3", ".duckdb"),
}
_MAGIC: Final = {
    "packed with gzip": MAGIC,
    "packed with zstd": ZSTD_MAGIC,
    "a zip archive": ZIP_MAGIC,
}


def checked_options(path: str, options: InputOptions) -> InputOptions:
    """Return the options to read a file with, after checking that the file can be followed.

    Raises:
        InputError: The input cannot be followed; names what it is.
    """
    options = options.checked()
    if options.query is not None or is_url(path):
        raise InputError(f"{shown_source(path)}: rows of a database {_CANNOT}")
    if path == STDIN:
        raise InputError(f"standard input {_CANNOT}; what comes through it is sent as it comes")
    if not Path(path).parent.is_dir():
        raise InputError(f"{path}: there is no such folder")
    suffix = PurePath(path).suffix.lower()
    for kind, suffixes in _KINDS.items():
        if suffix in suffixes:
            raise _refusal(path, kind)
    if options.encoding not in {None, UTF8}:
        raise InputError(f"{path}: text in {options.encoding} {_CANNOT}; it has to be UTF-8")
    return options


def unit_of(path: str, options: InputOptions) -> str:
    """Return what the numbers of a followed file's entries count."""
    return Table.unit if (options.format or format_by_name(path)) in TABLES else Lines.unit


def reader_of(source: GrowingSource, place: Place, options: InputOptions) -> TextReader:
    """Return the reader of the entries after a place in a file.

    For a file that is read from its beginning, wait for its first bytes.

    Raises:
        InputError: The file has a format that cannot be followed.
    """
    head = Head(source)
    kind = options.format or format_by_name(source.name)
    if place.offset == 0:
        _look(head, source, kind, options)
    read: Callable[[BufferedReader, GrowingSource], TextReader] = Lines
    if kind in TABLES:
        read = partial(Table, delimiter=TABLES[kind], decimal=options.decimal)
    reader = read(BufferedReader(head, CHUNK_BYTES), source)
    reader.begin_after(place.number)
    return reader


def _look(head: Head, source: GrowingSource, kind: str | None, options: InputOptions) -> None:
    """Look at the first bytes of a file; skip a byte order mark."""
    for what, magic in _MAGIC.items():
        if head.begins(*magic):
            raise _refusal(source.name, what)
    if table := table_kind(head, None):
        raise _refusal(source.name, table[0])
    if (encoding := bom_encoding(head)) is not None:
        if encoding != UTF8:
            raise InputError(f"{source.name}: text in {encoding} {_CANNOT}; it has to be UTF-8")
        source.base += _BOM_BYTES
    refuse_binary(head, source.name)
    if kind in {"json", None} and head.first() == b"[":
        raise _refusal(source.name, "a JSON array")
    if options.encoding is None:
        check_begun(head.peek(CHUNK_BYTES), source.name)


def _refusal(path: str, what: str) -> InputError:
    return InputError(
        f"{path}: this is {what}, which cannot be followed: a followed file has lines of JSON, CSV or TSV; "
        "without follow=True, what is in it now is sent"
    )


_CANNOT: Final = "cannot be followed"
