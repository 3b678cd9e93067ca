"""Open an input: where it is, whether it is packed, and which format it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from difflib import get_close_matches
from io import BufferedReader
from pathlib import PurePath
from types import TracebackType
from typing import Final, Self

from portcall.runs.inputs.byte_source import STDIN, Source, open_source
from portcall.runs.inputs.csv_records import Table
from portcall.runs.inputs.entry_reader import Reader
from portcall.runs.inputs.event_lines import LONGEST_BYTES, Entry, decode
from portcall.runs.inputs.gunzip import MAGIC, Unpacked
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.json_documents import Array, Sequence
from portcall.runs.inputs.lookahead import CHUNK_BYTES, Head
from portcall.runs.inputs.ndjson_lines import Lines

FORMATS: Final = ("ndjson", "jsonl", "json", "csv")
_BOM: Final = (0xEF, 0xBB, 0xBF)


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
        self, source: Source, head: Head, reader: Reader, unpacked: Unpacked | None = None
    ) -> None:
        self.name = source.name
        self.unit = reader.unit
        self.total = source.total
        self._source = source
        self._reader = reader
        self._head = head
        self._unpacked = unpacked

    def consumed(self) -> int:
        """Return the bytes on disk up to the last entry that was given, about: packed if the file is."""
        read = self._unpacked.consumed if self._unpacked else self._source.position
        return read * self._reader.consumed // max(self._head.given, 1)

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

    def close(self) -> None:
        """Close the file; standard input is left open."""
        self._source.close()

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


def open_input(
    path: str,
    *,
    format: str | None = None,  # noqa: A002  # as the option is called
    stopped: Callable[[], bool] = _never,
) -> Input:
    """Open an input and wait for its first bytes; gzip is seen by them, and unpacked.

    Args:
        path: A file, or ``-`` for standard input.
        format: ``ndjson`` or ``jsonl``, ``json``, ``csv``; without one the path's extension says
            it, or the first byte: ``[`` is a JSON array, everything else NDJSON. JSON that does
            not begin with ``[`` is documents one after the other, one a line or not.
        stopped: Ends what comes through a pipe; asked five times a second while nothing comes.

    Returns:
        What gives the entries.

    Raises:
        InputError: There is no such format or file, or it cannot be read.
    """
    if format is not None and format not in FORMATS:
        near = get_close_matches(format, FORMATS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"choose one of {', '.join(FORMATS)}"
        raise InputError(f"there is no format {format!r}; {hint}")
    source = open_source(path, stopped)
    try:
        return _input(source, format or _extension(path))
    except BaseException:
        source.close()
        raise


def _extension(path: str) -> str | None:
    name = PurePath(path.lower().removesuffix(".gz"))
    kind = name.suffix.removeprefix(".")
    return kind if path != STDIN and kind in FORMATS else None


def _input(source: Source, kind: str | None) -> Input:
    head, unpacked = Head(source), None
    if head.begins(*MAGIC):
        unpacked = Unpacked(head, source)
        head = Head(unpacked)
    if head.begins(*_BOM):
        head.drop(len(_BOM))
    reader = _kind(head, kind)(BufferedReader(head, CHUNK_BYTES), source)
    return Input(source, head, reader, unpacked)


def _kind(head: Head, kind: str | None) -> Callable[[BufferedReader, Source], Reader]:
    if kind == "csv":
        return Table
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
