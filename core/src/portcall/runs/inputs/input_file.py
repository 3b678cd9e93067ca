"""Open an input: where it is, whether it is packed, and which format it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from io import BufferedReader
from pathlib import PurePath
from types import TracebackType
from typing import Final, Self

from portcall.runs.inputs.binary_kinds import Table, refuse_binary, table_kind
from portcall.runs.inputs.byte_source import STDIN, Source, open_source
from portcall.runs.inputs.csv_records import Table as Records
from portcall.runs.inputs.encodings import UTF8, utf8_head
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.entry_reader import Reader
from portcall.runs.inputs.event_lines import LONGEST_BYTES
from portcall.runs.inputs.input_check import check_begun, check_text
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.input_options import FORMATS, InputOptions
from portcall.runs.inputs.json_documents import Array, Sequence
from portcall.runs.inputs.json_values import decode
from portcall.runs.inputs.lookahead import CHUNK_BYTES, Head
from portcall.runs.inputs.ndjson_lines import Lines
from portcall.runs.inputs.packed.gunzip import MAGIC, Unpacked
from portcall.runs.inputs.packed.unzip import ZIP_MAGIC, Unzipped
from portcall.runs.inputs.packed.unzstd import ZSTD_MAGIC, Unzstd
from portcall.runs.inputs.queries.database import is_url, open_database, shown_source
from portcall.runs.inputs.queries.query_rows import QueryRows
from portcall.runs.inputs.tables.row_reader import RowReader

Unpacking = Unpacked | Unzstd | Unzipped
TABLES: Final = {"csv": None, "tsv": "\t"}
"""What stands between the cells; None to find out."""


class Input:
    """The events of one input, read as they are asked for; close it, or use it with ``with``.

    It can be read once. What ends it before its end raises `InputError`, when all entries
    before that were given.

    Args:
        name: For messages: the path, or ``<stdin>``.
        total: Bytes on disk; None for a pipe.
        unit: What numbers of entries count: ``line``, ``item`` or ``record``.
    """

    def __init__(
        self,
        name: str,
        total: int | None,
        reader: Reader,
        read: Callable[[], int],
        close: Callable[[], object],
    ) -> None:
        self.name = name
        self.unit = reader.unit
        self.total = total
        self._reader = reader
        self._read = read
        self._close = close

    @classmethod
    def of_text(
        cls, source: Source, head: Head, reader: Reader, unpacked: Unpacking | None = None
    ) -> Self:
        """Return an input of text.

        Args:
            source: Where it comes from.
            head: What the reader reads.
            reader: Gives the entries.
            unpacked: What unpacks it.
        """

        def read() -> int:
            position = unpacked.consumed if unpacked else source.position
            return position * reader.consumed // max(head.given, 1)

        return cls(source.name, source.total, reader, read, source.close)

    @classmethod
    def of_rows(cls, source: Source, reader: RowReader) -> Self:
        """Return an input of rows, which its reader has opened by itself."""
        total = source.total or 0
        read = partial(_part_of, reader, total)
        return cls(source.name, total, reader, read, source.close)

    @classmethod
    def of_query(cls, reader: QueryRows) -> Self:
        """Return an input of the rows that a query finds; how many there are is not known."""
        return cls(reader.name, None, reader, lambda: 0, reader.close)

    def consumed(self) -> int:
        """Return the bytes on disk up to the last entry that was given, about: packed if the file is."""
        return self._read()

    def skip(self, through: int) -> int | None:
        """Pass over all entries up to a number; of NDJSON no JSON is read.

        Args:
            through: The number of the last entry that is not wanted.

        Returns:
            The checksum behind it, as that entry would have it; None if the input ends before.

        Raises:
            InputError: The input cannot be read so far.
        """
        return self._reader.skip(through)

    def read_later(self) -> None:
        """Leave the JSON of lines to those who ask for it; called before the first entry is."""
        self._reader.reads_later = True

    def close(self) -> None:
        """Close the file; standard input is left open."""
        self._close()

    def __iter__(self) -> Iterator[Entry]:
        return self._reader.entries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _never() -> bool:
    return False


def _part_of(reader: RowReader, total: int) -> int:
    return int(reader.part * total)


_DEFAULTS: Final = InputOptions()


def open_input(
    path: str,
    options: InputOptions = _DEFAULTS,
    *,
    stopped: Callable[[], bool] = _never,
    copy: Callable[[memoryview], None] | None = None,
) -> Input:
    """Open an input and wait for its first bytes; gzip is seen by them, and unpacked.

    What is UTF-8 no more is a bad entry; `check_input` sees to it before anything is sent.

    Args:
        path: A file, or ``-`` for standard input.
        options: How it is to be read.
        stopped: Ends what comes through a pipe; asked five times a second while nothing comes.
        copy: Called with the bytes that were read, before they are used.

    Returns:
        The reader of the entries.

    Raises:
        InputError: There is no such format or file, it is none that can be read, or what has come of a
            pipe so far is not UTF-8.
    """
    options = options.checked()
    if options.query is not None or is_url(path):
        return Input.of_query(_found(path, options))
    source = open_source(path, stopped)
    source.copy = copy
    try:
        raw = Head(source)
        if kind := table_kind(raw, options.sheet):
            return Input.of_rows(source, _rows(source, options, *kind))
        head, unpacked = _text(raw, source, options)
        if source.total is None and options.encoding is None:
            check_begun(head.peek(CHUNK_BYTES), source.name)
        reader = _kind(head, options.format or format_by_name(_inner(path, unpacked)), options)
        entries = reader(BufferedReader(head, CHUNK_BYTES), source)
        return Input.of_text(source, head, entries, unpacked)
    except BaseException:
        source.close()
        raise


def check_input(
    path: str, options: InputOptions = _DEFAULTS, *, stopped: Callable[[], bool] = _never
) -> None:
    """Check that an input can be read, before anything is sent; a file is read to its end.

    All of a packed file has to unpack, and the whole text has to be of its encoding, except lines
    that are not UTF-8 where ``encoding`` is ``utf-8``.

    Args:
        path: A file.
        options: How it is to be read.
        stopped: Ends it early.

    Raises:
        InputError: It cannot be read; says what is wrong where, and what to do.
    """
    if options.query is not None or is_url(path):
        with closing(_found(path, options.checked())) as rows:
            rows.check()
        return
    with closing(open_source(path, stopped)) as raw:
        options, head = options.checked(), Head(raw)
        if table_kind(head, None) is None:
            text, _ = _text(head, raw, options)
            check_text(text, raw.name, stopped, is_lenient=options.encoding == UTF8)
    with open_input(path, options, stopped=stopped) as source:
        next(iter(source), None)


def _inner(path: str, unpacked: Unpacking | None) -> str:
    """Return the name of the text: of a zip archive that of the file in it."""
    return unpacked.member.filename if isinstance(unpacked, Unzipped) else path


def format_by_name(path: str) -> str | None:
    """Return the format that a file's name says; None if it says none."""
    name = path.lower()
    for packed in (".gz", ".zst", ".zstd", ".zip"):
        name = name.removesuffix(packed)
    kind = PurePath(name).suffix.removeprefix(".")
    return kind if path != STDIN and kind in FORMATS else None


def _found(path: str, options: InputOptions) -> QueryRows:
    """Return the rows that a query finds in a database."""
    if options.query is None:
        raise InputError(f"{shown_source(path)}: give a query= for it")
    if path == STDIN:
        raise InputError("a query= is for a database; name its file, or its URL")
    database = open_database(path)
    if database is None:
        raise InputError(f"{path}: this is not a SQLite or DuckDB file; query= is for those")
    try:
        return QueryRows(database, options.query, options.query_key)
    except BaseException:
        database.close()
        raise


def _rows(source: Source, options: InputOptions, what: str, table: Table) -> RowReader:
    if source.total is None:
        raise InputError(f"{source.name}: this is {what}, which is read from a file only; name it")
    if options.format is not None:
        raise InputError(f"{source.name}: this is {what}, whatever format= says; leave that out")
    reader = table(source.name)
    source.close_with(reader.close)
    return reader


def _text(head: Head, source: Source, options: InputOptions) -> tuple[Head, Unpacking | None]:
    """Return the text of an input in UTF-8, and what unpacks it."""
    unpacked: Unpacking | None = None
    if head.begins(*MAGIC):
        unpacked = Unpacked(head, source)
    elif head.begins(*ZSTD_MAGIC):
        unpacked = Unzstd(head, source)
    elif head.begins(*ZIP_MAGIC):
        unpacked = Unzipped(source)
    if unpacked is not None:
        head = Head(unpacked)
        if table_kind(head, None):
            raise InputError(
                f"{source.name}: the table in it is read from its own file only; unpack it"
            )
    head = utf8_head(head, source.name, options.encoding)
    refuse_binary(head, source.name)
    return head, unpacked


def _kind(
    head: Head, kind: str | None, options: InputOptions
) -> Callable[[BufferedReader, Source], Reader]:
    if kind in TABLES:
        return partial(Records, delimiter=TABLES[kind], decimal=options.decimal)
    first = head.first() if kind in {"json", None} else b""
    if first == b"[":
        return Array
    if kind == "json" and not (first == b"{" and _is_value(head.line(LONGEST_BYTES))):
        return Sequence
    return Lines


def _is_value(line: bytes) -> bool:
    try:
        text = line.strip().decode()
        return decode(text)[1] == len(text)
    except (ValueError, RecursionError):
        return False
