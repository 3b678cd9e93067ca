"""Newline-delimited JSON: what cannot be read is one bad entry, never the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from typing import Final
from zlib import crc32

from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.entry_reader import TextReader
from portcall.runs.inputs.event_lines import CUT_OFF, LONGEST_BYTES, PLACE, TOO_LONG, read, unread

_NEWLINE: Final = 0x0A
_MOST: Final = LONGEST_BYTES + 1


class Lines(TextReader):
    """The lines of an input, except the empty ones."""

    unit = "line"

    def _read(self) -> Generator[Entry, None, None]:
        readline = self._stream.readline
        entry_of = unread if self.reads_later else read
        while line := readline(_MOST):
            self._number += 1
            self._consumed += len(line)
            if line[-1] != _NEWLINE:
                yield from self._unended(line)
            elif raw := line.strip():
                self._checksum = crc32(raw, self._checksum)
                yield entry_of(self._number, raw, self._checksum)

    def skip(self, through: int) -> int | None:
        """Pass over all lines up to a number without reading their JSON."""
        readline = self._stream.readline
        while self._number < through:
            line = readline(_MOST)
            if not line:
                return None
            self._number += 1
            self._consumed += len(line)
            if line[-1] != _NEWLINE:
                deque(self._unended(line), maxlen=0)
            else:
                self._checksum = crc32(line.strip(), self._checksum)
        return self._checksum

    def _unended(self, line: bytes) -> Iterator[Entry]:
        """Return the last line, or one that is too long: the rest of that is passed over."""
        if len(line) > LONGEST_BYTES:
            start = self._consumed - len(line)
            while line and line[-1] != _NEWLINE:
                line = self._stream.readline(_MOST)
                self._consumed += len(line)
            yield self._bad(f"the line {TOO_LONG}", kept={PLACE: [start, self._consumed]})
        elif raw := line.strip():
            if self._source.cut:
                yield self._bad(CUT_OFF, raw)
            else:
                self._checksum = crc32(raw, self._checksum)
                yield read(self._number, raw, self._checksum)
