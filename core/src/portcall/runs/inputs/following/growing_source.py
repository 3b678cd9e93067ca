"""The bytes of a file that grows: at its end, wait for more until another file takes its path."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from pathlib import Path
from threading import RLock
from time import monotonic, time
from typing import TYPE_CHECKING, BinaryIO, Final
from zlib import crc32

import attrs

from portcall.runs.inputs.byte_source import Source
from portcall.runs.inputs.following.stream_places import (
    HEAD_BYTES,
    TAIL_BYTES,
    FileIdentity,
    Place,
    read_at,
    tail_sum,
)
from portcall.runs.inputs.input_error import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

POLL_S: Final = 0.2
"""Seconds between two looks at a file without anything new."""

HALF_LINE_S: Final = 5.0
"""How long to wait for the rest of a line in a file that was renamed."""

_RECENT_BYTES: Final = 256 << 10
_LOOK_BYTES: Final = 64
_HOLE_BYTES: Final = 1 << 20


class Over(Enum):
    """Why a file has nothing more to read for now."""

    STOPPED = "a stop was asked for"
    READ = "it was read to its end, and is not at its path"
    CUT = "it is shorter than it was, or was written anew"
    LATE = "the file before it was written to"


@attrs.frozen
class Clock:
    """The clock of a followed file.

    Args:
        wait: Waits for a number of seconds, or until a stop is asked for.
        now: Seconds that only go forward.
        time: Seconds since the epoch.
    """

    wait: Callable[[float], object]
    now: Callable[[], float] = monotonic
    time: Callable[[], float] = time


class GrowingSource(Source):
    """The bytes of one file of a followed stream, from a place on.

    Args:
        path: The path that is followed.
        file: Open, without a buffer; it is left open.
        place: Where reading begins; for CSV, after the header.
        stopped: Asked before each read.
        clock: Waits.
        is_final: End at the end of the file, without waiting for more.
        waits: Wait for more at the end; if false, end there unless another file has taken the path.

    Attributes:
        binary: The file.
        base: The offset in the file of the first byte that was returned.
        over: Why the bytes have ended.
        on_idle: Called before each wait for more.
        is_interrupted: Returns whether another file is to be read first; called at the end of the file.
    """

    def __init__(
        self,
        path: Path,
        file: BinaryIO,
        place: Place,
        stopped: Callable[[], bool],
        clock: Clock,
        *,
        is_final: bool = False,
        waits: bool = True,
    ) -> None:
        super().__init__(str(path), file, stopped, owned=False)
        self.total = None
        self.position = place.offset
        self.over = Over.STOPPED
        self.on_idle: Callable[[], None] = _nothing
        self.is_interrupted: Callable[[], bool] = _never
        self._path: Final = path
        self.binary: Final = file
        self._clock: Final = clock
        self._is_final: Final = is_final
        self._is_waited_for: Final = waits
        self._prefix = read_at(file, place.header, 0) if place.offset else b""
        self.base = place.offset - len(self._prefix)
        known = min(_RECENT_BYTES, place.offset)
        self._recent = bytearray(read_at(file, known, place.offset - known))
        self._head = bytearray(read_at(file, min(HEAD_BYTES, place.offset), 0))
        self._status: Final = os.fstat(file.fileno())
        self._half_since: float | None = None
        self._read_at = place.at or clock.time()
        self._using: Final = RLock()

    @property
    def status(self) -> os.stat_result:
        """The file's present status, from `os.fstat`."""
        with self._using:
            return self._status if self.closed else os.fstat(self.binary.fileno())

    def place(self, number: int, offset: int, header: int) -> Place:
        """Return the place up to which this file was read.

        Args:
            number: The entry before it.
            offset: The bytes before it.
            header: For CSV, the bytes of the header.
        """
        known = FileIdentity.of(self._status, self._head[:offset])
        return Place(number, known, offset, self._sum(offset), header, self._read_at)

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read the available bytes, after waiting for at least one; return 0 at the end.

        Raises:
            InputError: It cannot be read.
        """
        while not self._stopped():
            with self._using:
                if self.closed:
                    break
                if count := self._read(buffer):
                    return count
                if self._is_over():
                    return 0
            self.on_idle()
            self._clock.wait(POLL_S)
        self.cut, self.over = True, Over.STOPPED
        return 0

    def close(self) -> None:
        """Close the file; a thread that is still reading gets nothing more."""
        with self._using:
            super().close()

    def _read(self, buffer: WriteableBuffer) -> int:
        with memoryview(buffer).cast("B") as view:
            if self._prefix:
                part, self._prefix = self._prefix[: len(view)], self._prefix[len(view) :]
                view[: len(part)] = part
                return len(part)
            try:
                return self._read_more(view)
            except OSError as exc:
                raise InputError(f"{self.name}: {exc.strerror or exc}") from exc

    def _read_more(self, view: memoryview) -> int:
        if not self._is_unchanged():
            self.cut, self.over = True, Over.CUT
            return 0
        if self.position == 0:
            hole = self._hole()
            if hole is None:
                return 0
            self.base = self.position = hole
        self.binary.seek(self.position)
        count = self.binary.readinto(view)  # type: ignore[attr-defined]  # it has no buffer
        self._head += view[: max(0, min(count, HEAD_BYTES - self.position))]
        self._recent += view[:count]
        del self._recent[:-_RECENT_BYTES]
        self.position += count
        if count:
            self._half_since, self._read_at = None, self._clock.time()
        return int(count)

    def _is_unchanged(self) -> bool:
        """Return whether the bytes that were read last are unchanged: neither truncated nor rewritten."""
        if os.fstat(self.binary.fileno()).st_size < self.position:
            return False
        last = bytes(self._recent[-_LOOK_BYTES:])
        return read_at(self.binary, len(last), self.position - len(last)) == last

    def _hole(self) -> int | None:
        """Return the length of a hole at the beginning; None if the file is nothing but a hole.

        A file has a hole if it was truncated while its writer stayed at a later offset.
        """
        offset = 0
        with suppress(OSError, AttributeError):  # not on every system, nor for every file
            offset = os.lseek(self.binary.fileno(), 0, os.SEEK_DATA)
        while zeros := read_at(self.binary, _HOLE_BYTES, offset):
            if rest := zeros.lstrip(b"\0"):
                return offset + len(zeros) - len(rest)
            offset += len(zeros)
        return None if offset else 0

    def _is_over(self) -> bool:
        if self.over is Over.CUT:
            return True
        if self._is_final:
            self.over = Over.READ
            return True
        is_half = bool(self._recent) and not self._recent.endswith(b"\n")
        if not is_half and self.is_interrupted():
            self.over = Over.LATE
            return True
        if not self._is_replaced():
            self._half_since = None
            self.cut = not self._is_waited_for  # half a line at the end is not an event yet
            self.over = Over.STOPPED
            return self.cut
        if is_half:
            now = self._clock.now()
            self._half_since = now if self._half_since is None else self._half_since
            if now < self._half_since + HALF_LINE_S:
                return False
        self.over = Over.READ
        return True

    def _is_replaced(self) -> bool:
        """Return whether another file is at the path, and this file has no more bytes."""
        try:
            status = self._path.stat()
        except OSError:
            return False
        if os.path.samestat(status, self._status):
            return False
        return os.fstat(self.binary.fileno()).st_size <= self.position

    def _sum(self, offset: int) -> int:
        begin = self.position - len(self._recent)
        if offset - min(TAIL_BYTES, offset) >= begin:
            end = offset - begin
            return crc32(self._recent[max(0, end - TAIL_BYTES) : end])
        with self._using:
            return tail_sum(self.binary, offset)


def _nothing() -> None:
    """Do nothing."""


def _never() -> bool:
    return False
