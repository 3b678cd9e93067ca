"""The progress within one file of a stream."""

from __future__ import annotations

from typing import BinaryIO, Final

from portcall.runs.inputs.entry_reader import TextReader
from portcall.runs.inputs.following.growing_source import GrowingSource
from portcall.runs.inputs.following.stream_places import Place


class FileProgress:
    """How far one file has been read.

    Args:
        source: Its bytes.
        place: Where reading began.
    """

    def __init__(self, source: GrowingSource, place: Place) -> None:
        self._source: Final = source
        self._place = place
        self._number, self._offset, self._header = place.number, place.offset, place.header

    @property
    def file(self) -> BinaryIO:
        """The file."""
        return self._source.binary

    def pass_entry(self, number: int, reader: TextReader) -> None:
        """Note an entry that was read."""
        self._number, self._header = number, reader.header_bytes
        self._offset = self._source.base + reader.consumed

    def place(self) -> Place:
        """Return the place after the last entry."""
        if self._number != self._place.number:
            self._place = self._source.place(self._number, self._offset, self._header)
        return self._place

    def end(self) -> Place:
        """Return the place after the last byte."""
        return self._source.place(self._number, self._source.position, self._header)
