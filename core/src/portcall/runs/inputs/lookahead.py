"""A stream whose first bytes can be read without taking them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK_BYTES: Final = 64 << 10
_MOST_SPACE_BYTES: Final = 1 << 20


class Head(io.RawIOBase):
    """A stream whose beginning can be looked at; reads never more than a question needs.

    Args:
        raw: Gives what is there, so that no reader waits for more.

    Attributes:
        given: Bytes that were read from this.
    """

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self._seen = bytearray()
        self.given = 0

    def begins(self, *magic: int) -> bool:
        """Return whether it begins with these bytes."""
        wanted = bytes(magic)
        while len(self._seen) < len(wanted) and wanted.startswith(self._seen):
            if not self._more():
                break
        return self._seen.startswith(wanted)

    def peek(self, most: int) -> bytes:
        """Return up to *most* bytes from the beginning, of what a single read returns."""
        if not self._seen:
            self._more()
        return bytes(self._seen[:most])

    def drop(self, count: int) -> None:
        """Pass over bytes that were looked at."""
        del self._seen[:count]

    def first(self) -> bytes:
        """Return the first byte that is no white space; none if there is none near."""
        while not (text := self._seen.lstrip()):
            if len(self._seen) > _MOST_SPACE_BYTES or not self._more():
                return b""
        return bytes(text[:1])

    def line(self, most: int) -> bytes:
        """Return the first line that is not empty, but not much more than *most* bytes of it."""
        searched = 0
        while True:
            start = len(self._seen) - len(self._seen.lstrip())
            end = self._seen.find(b"\n", max(start, searched))
            if end >= 0:
                return bytes(self._seen[start:end])
            searched = len(self._seen)
            if searched > most or not self._more():
                return bytes(self._seen[start:])

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Return what was looked at, then the rest."""
        count = self._read(buffer)
        self.given += count
        return count

    def _read(self, buffer: WriteableBuffer) -> int:
        if not self._seen:
            return self._raw.readinto(buffer) or 0
        with memoryview(buffer).cast("B") as view:
            part = self._seen[: len(view)]
            view[: len(part)] = part
        del self._seen[: len(part)]
        return len(part)

    def _more(self) -> bool:
        chunk = self._raw.read(CHUNK_BYTES) or b""
        self._seen += chunk
        return bool(chunk)
