"""Bytes of an answer as they come in, against one absolute deadline."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Final

from portcall.errors import DisconnectedError, MalformedResponseError, Sent, TooLargeError
from portcall.urls import Url
from portcall.wire.limits import left

_PIECE: Final = 65_536


class Reader:
    """Reads one answer; frames of it hold no bytes of the answer when an error leaves them.

    Args:
        sock: A connected socket; its timeout is set before every wait.
        url: Where the answer comes from, for messages.
        ends_at: Instant of `time.monotonic` at which waiting ends.

    Attributes:
        started: A byte of an answer has come.
        status: Of the final answer, from the moment its status line is there.
    """

    __slots__ = ("_at", "_buffer", "_ends_at", "_sock", "started", "status", "url")

    def __init__(self, sock: socket.socket, url: Url, ends_at: float) -> None:
        self._sock = sock
        self._ends_at = ends_at
        self._buffer = b""
        self._at = 0
        self.url = url
        self.started = False
        self.status: int | None = None

    def first_line(self) -> bytes:
        """Return the line that the unread bytes start with; empty if its end has not come."""
        line, end, _ = self._buffer[self._at :].partition(b"\n")
        return line.removesuffix(b"\r") if end else b""

    @property
    def leftover(self) -> bool:
        """Whether bytes are there that nobody asked for."""
        return self._at < len(self._buffer)

    def until(self, end: bytes, cap: int, what: str) -> bytes:
        """Read up to and without *end*.

        Args:
            end: What the part ends with; consumed.
            cap: Bytes after which the part is too large.
            what: The part's name, for messages.

        Raises:
            TooLargeError: *end* does not come within *cap* bytes.
            DisconnectedError: The connection ends before.
            TimeoutError: The deadline passed.
            OSError: The connection broke.
        """
        while (found := self._buffer.find(end, self._at)) < 0:
            if len(self._buffer) - self._at > cap:
                break
            self._more(what)
        if found < 0 or found - self._at > cap:
            raise TooLargeError(f"{self.url.place}: {what} of more than {cap} bytes", Sent.MAYBE)
        start, self._at = self._at, found + len(end)
        return self._buffer[start:found]

    def exactly(self, size: int) -> Iterator[bytes]:
        """Read *size* bytes, in the pieces they come in; raises like `until`."""
        while size > 0:
            if not self.leftover:
                self._more("a body")
            piece = self._buffer[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            yield piece

    def rest(self) -> Iterator[bytes]:
        """Read until the connection is closed (RFC 9112 §6.3); raises `TimeoutError`, `OSError`."""
        while self.leftover or self._fill():
            piece = self._buffer[self._at :]
            self._at = len(self._buffer)
            yield piece

    def malformed(self, complaint: str) -> MalformedResponseError:
        """Build the error that says so."""
        return MalformedResponseError(f"{self.url.place}: {complaint}", Sent.MAYBE)

    def _more(self, what: str) -> None:
        if not self._fill():
            message = f"{self.url.place}: the connection ended within {what}"
            raise DisconnectedError(message, Sent.MAYBE)

    def _fill(self) -> bool:
        """Wait for bytes; False if the other side has closed."""
        self._sock.settimeout(left(self._ends_at))
        data = self._sock.recv(_PIECE)
        if data:
            self.started = True
            kept = self._buffer[self._at :]
            self._buffer = kept + data if kept else data
            self._at = 0
        return bool(data)
