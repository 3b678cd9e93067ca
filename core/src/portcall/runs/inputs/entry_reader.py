"""What the readers of all formats have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from io import BufferedReader
from typing import Any, ClassVar
from zlib import crc32

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.event_lines import NOTE, with_note


class Reader(ABC):
    """The entries of one input, in their order; never holds more than one.

    Attributes:
        entries: Can be read once.
        reads_later: The JSON of a line is read where it is asked for; set before the first is read.
    """

    unit: ClassVar[str]
    """What the numbers of its entries count."""

    def __init__(self) -> None:
        self._number = 0
        self._checksum = 0
        self._consumed = 0
        self.reads_later = False
        self.entries = self._read()

    @property
    def consumed(self) -> int:
        """Bytes of text up to the end of the last entry that was returned."""
        return self._consumed

    @abstractmethod
    def _read(self) -> Generator[Entry, None, None]: ...

    def begin_after(self, number: int) -> None:
        """Count on from the entry before the first one."""
        self._number = number

    def skip(self, through: int) -> int | None:
        """Pass over all entries up to a number; return the checksum, or None if there are less."""
        while self._number < through:
            if next(self.entries, None) is None:
                return None
        return self._checksum

    def _event(self, event: dict[str, Any], raw: bytes) -> Entry:
        self._checksum = crc32(raw, self._checksum)
        if NOTE in event:
            return with_note(self._number, event, raw, self._checksum)
        return Entry(self._number, event, "", raw, self._checksum)

    def _bad(self, reason: str, raw: bytes = b"", kept: Mapping[str, Any] | None = None) -> Entry:
        self._checksum = crc32(raw, self._checksum)
        return Entry(self._number, None, reason, raw, self._checksum, kept=kept)


class TextReader(Reader):
    """The entries of a text.

    Args:
        stream: The text, unpacked.
        source: Where it comes from.

    Attributes:
        header_bytes: Of CSV, the bytes up to the end of its header, once that was read.
    """

    def __init__(self, stream: BufferedReader, source: Source) -> None:
        self._stream = stream
        self._source = source
        self.header_bytes = 0
        super().__init__()

    @property
    def is_between(self) -> bool:
        """What was read so far is entries as a whole, if it ends with a line."""
        return True
