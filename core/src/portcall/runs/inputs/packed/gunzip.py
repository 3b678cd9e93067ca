"""Unpack gzip as it comes: all that can be unpacked before the damage, then an error."""

from __future__ import annotations

import io
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.lookahead import CHUNK_BYTES

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAGIC: Final = (0x1F, 0x8B)
_GZIP: Final = 16 + zlib.MAX_WBITS


class Unpacked(io.RawIOBase):
    """The text of a gzip archive, of one member or several (RFC 1952 §2.2).

    Args:
        raw: The archive from its first byte.
        source: Where it comes from.
    """

    def __init__(self, raw: io.RawIOBase, source: Source) -> None:
        self._raw = raw
        self._source = source
        self._packed = b""
        self._member: Any = None
        self._members = 0
        self._more_text = False
        self._damaged = ""

    @property
    def consumed(self) -> int:
        """Bytes of the archive that were unpacked."""
        return self._source.position - len(self._packed)

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Return what the bytes that are there unpack to, waiting for at least one; 0 is the end.

        Raises:
            InputError: The archive is damaged, or ends too early.
        """
        with memoryview(buffer).cast("B") as view:
            part = self._next(len(view))
            view[: len(part)] = part
        return len(part)

    def _next(self, most: int) -> bytes:
        while not self._damaged:
            if not self._packed and not self._more_text and not self._begin_chunk():
                return b""
            text = self._unpack(most)
            self._more_text = len(text) == most  # it may hold back what found no room
            if text:
                return text
        raise self._error(self._damaged)

    def _begin_chunk(self) -> bool:
        """Return whether there is more."""
        chunk = self._raw.read(CHUNK_BYTES) or b""
        if not chunk and self._member is not None and not self._source.cut:
            raise self._error("ends too early")
        self._packed = chunk
        return bool(chunk)

    def _unpack(self, most: int) -> bytes:
        if self._member is None:
            self._packed = self._packed.lstrip(b"\0")  # members may be padded
            if not self._packed:
                return b""
            if self._members and self._packed[0] != MAGIC[0]:
                self._damaged = "has data after its end"
                return b""
            self._member = zlib.decompressobj(_GZIP)
        before = self._member.copy()
        try:
            text: bytes = self._member.decompress(self._packed, most)
        except zlib.error:
            self._damaged = "is damaged"
            return _undamaged(before, self._packed)[:most]
        self._packed = self._member.unconsumed_tail
        if self._member.eof:
            self._packed, self._member = self._member.unused_data, None
            self._members += 1
        return text

    def _error(self, what: str) -> InputError:
        near = f"near byte {self._source.position}"
        return InputError(
            f"{self._source.name}: the gzip archive {what} {near}; pack or fetch it again"
        )


def _undamaged(member: Any, packed: bytes) -> bytes:
    """Unpack byte by byte, because zlib returns nothing of a piece that has damage in it."""
    text = bytearray()
    with suppress(zlib.error):
        for index in range(len(packed)):
            text += member.decompress(packed[index : index + 1])
    return bytes(text)
