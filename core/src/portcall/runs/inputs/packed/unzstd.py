"""Unpack zstd as it comes (RFC 8878)."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, Final

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.lookahead import CHUNK_BYTES
from portcall.runs.inputs.optional_packages import needed

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ZSTD_MAGIC: Final = (0x28, 0xB5, 0x2F, 0xFD)
_LARGEST_WINDOW: Final = 27
"""The most memory that a frame may ask for, as a power of two: 128 MiB, as the zstd command allows."""


class Unzstd(io.RawIOBase):
    """The text of a zstd file, of one frame or several.

    Args:
        raw: The file from its first byte.
        source: Where it comes from.

    Raises:
        InputError: The package that unpacks it is not installed.
    """

    def __init__(self, raw: io.RawIOBase, source: Source) -> None:
        module = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
        self._zstd = needed(module, "zstd", source.name, "packed with zstd")
        self._raw = raw
        self._source = source
        self._packed = b""
        self._frame: Any = None

    @property
    def consumed(self) -> int:
        """Bytes of the file that were unpacked."""
        return self._source.position - len(self._packed)

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Return what the bytes that are there unpack to, waiting for at least one; 0 is the end.

        Raises:
            InputError: The file is damaged, ends too early, or needs too much memory.
        """
        with memoryview(buffer).cast("B") as view:
            part = self._next(len(view))
            view[: len(part)] = part
        return len(part)

    def _next(self, most: int) -> bytes:
        while True:
            if not self._packed and (self._frame is None or self._frame.needs_input):
                self._packed = self._raw.read(CHUNK_BYTES) or b""
                if not self._packed:
                    return self._end()
            if text := self._unpack(most):
                return text

    def _unpack(self, most: int) -> bytes:
        if self._frame is None:
            largest = {self._zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW}
            self._frame = self._zstd.ZstdDecompressor(options=largest)
        try:
            text: bytes = self._frame.decompress(self._packed, most)
        except self._zstd.ZstdError as exc:
            raise self._error(f"cannot be unpacked ({exc})") from None
        self._packed = b""
        if self._frame.eof:
            self._packed, self._frame = self._frame.unused_data, None
        return text

    def _end(self) -> bytes:
        if self._frame is not None and not self._source.cut:
            raise self._error("ends too early")
        return b""

    def _error(self, what: str) -> InputError:
        near = f"near byte {self._source.position}"
        return InputError(
            f"{self._source.name}: the zstd file {what} {near}; pack or fetch it again"
        )
