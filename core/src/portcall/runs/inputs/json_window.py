"""A stretch of JSON text that moves along the input, value by value."""

from __future__ import annotations

import codecs
import re
from io import BufferedReader
from typing import Final

from portcall.runs.inputs.event_lines import LONGEST_BYTES
from portcall.runs.inputs.lookahead import CHUNK_BYTES

_NO_SPACE: Final = re.compile(r"[^ \t\n\r]")
_OUTSIDE: Final = re.compile(r'["{}\[\]]')
_INSIDE: Final = re.compile(r'["\\]')
_AFTER_SCALAR: Final = re.compile(r"[ \t\n\r,\]}]")


class Window:
    """The text from the next value to the end of what has come.

    Bytes that are not UTF-8 become lone surrogates, as ``surrogateescape`` makes them.

    Args:
        stream: Bytes; never more are asked for than are there.
        text: What is held: one chunk.
        at: Where the next value, or the white space before it, begins in the text.
    """

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._dropped = self._read_bytes = 0
        self.text = ""
        self.at = 0

    @property
    def offset(self) -> int:
        """Return the place in the input, in characters."""
        return self._dropped + self.at

    @property
    def consumed(self) -> int:
        """The same in bytes, about: as if every stretch had equally many for a character."""
        read = self._dropped + len(self.text)
        return self.offset * self._read_bytes // read if read else 0

    def peek(self) -> str:
        """Return the next character that is no white space, without taking it; empty at the end."""
        while not (found := _NO_SPACE.search(self.text, self.at)):
            self._dropped, self.at = self._dropped + len(self.text), 0
            self.text = self._chunk()
            if not self.text:
                return ""
        self.at = found.start()
        return found[0]

    def take_value(self) -> str | None:
        """Return the text of the value that begins here and go behind it; None if it is too long.

        Only strings and brackets are looked at: it may be no JSON nevertheless.

        Raises:
            EOFError: The input ends in it, or right behind a value that has no end of its own;
                carries what there is of it.
        """
        scan, began = ValueEnd(), self.offset
        parts: list[str] = []
        size, chunk, start = 0, self.text, self.at
        while (end := scan.find(chunk, start)) is None:
            size += len(chunk) - start
            if size <= LONGEST_BYTES:
                parts.append(chunk[start:])
            chunk, start = self._chunk(), 0
            if not chunk:
                self.text, self.at, self._dropped = "", 0, began + size
                raise EOFError("".join(parts))
        size += end - start
        parts.append(chunk[start:end])
        self.text, self.at, self._dropped = chunk, end, began + size - end
        return "".join(parts) if size <= LONGEST_BYTES else None

    def _chunk(self) -> str:
        """Return what comes next; empty only at the end."""
        while read := self._stream.read1(CHUNK_BYTES):
            self._read_bytes += len(read)
            if text := self._decoder.decode(read):
                return text
        return self._decoder.decode(b"", final=True)


class ValueEnd:
    """Where a JSON value ends that comes in pieces; each piece is looked at once."""

    def __init__(self) -> None:
        self._begun = False
        self._scalar = False
        self._inside = False
        self._escaped = False
        self._depth = 0

    def find(self, text: str, at: int) -> int | None:
        """Return the index behind the value; None if it goes on after this piece.

        Args:
            text: The next piece, not empty.
            at: Where in it the value begins, or goes on.
        """
        if not self._begun:
            self._begun, self._scalar = True, text[at] not in '"{['
        if self._scalar:
            found = _AFTER_SCALAR.search(text, at)
            return found.start() if found else None
        at += self._escaped
        self._escaped = False
        while found := (_INSIDE if self._inside else _OUTSIDE).search(text, at):
            at = found.end()
            if found[0] != "\\":
                self._turn(found[0])
                if not self._depth and not self._inside:
                    return at
            elif at == len(text):
                self._escaped = True
            else:
                at += 1
        return None

    def _turn(self, char: str) -> None:
        if char == '"':
            self._inside = not self._inside
        else:
            self._depth += 1 if char in "{[" else -1
