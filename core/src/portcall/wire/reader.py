"""Bytes of an answer as they come in, against one absolute deadline."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from portcall.errors import DisconnectedError, MalformedResponseError, Sent, TooLargeError
from portcall.turns import takes_turns, until_readable
from portcall.urls import Url
from portcall.wire.limits import left

Wait: TypeAlias = Callable[[float], object]

_PIECE: Final = 65_536
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")
_OVERLAP: Final = 3
"""Bytes before the end of a buffer that an empty line may begin in."""


class Reader:
    """Reads one answer; frames of it hold no bytes of the answer when an error leaves them.

    A line ends in CR LF, or in LF alone (RFC 9112 §2.2).

    Args:
        sock: A connected socket.
        url: Where the answer comes from, for messages.
        ends_at: Instant of `time.monotonic` at which waiting ends.
        wait: Waits until there is something to read, for so many seconds at most, where the socket's own
            timeout is 0; None where that is to be set before every wait.

    Attributes:
        started: A byte of an answer has come.
        status: Of the final answer, from the moment its status line is there.
        lax: The body was marked off by something other than what RFC 9112 writes: a second reader
            might see another end of it, so that no further answer is read from this connection.
    """

    __slots__ = ("_at", "_buffer", "_ends_at", "_sock", "_wait", "lax", "started", "status", "url")

    def __init__(
        self, sock: socket.socket, url: Url, ends_at: float, wait: Wait | None = None
    ) -> None:
        self._sock = sock
        self._wait = wait
        self._ends_at = ends_at
        self._buffer = b""
        self._at = 0
        self.url = url
        self.started = False
        self.status: int | None = None
        self.lax = False

    @property
    def leftover(self) -> bool:
        """Whether bytes are there that belong to no answer."""
        return self._at < len(self._buffer)

    def head(self, cap: int) -> bytes:
        """Read up to the first empty line, and without it.

        Args:
            cap: Bytes after which a head is too large.

        Returns:
            Lines with CR LF between them, whatever they ended in.

        Raises:
            TooLargeError: The head does not end within *cap* bytes.
            DisconnectedError: The connection ends before.
            TimeoutError: The deadline passed.
            OSError: The connection broke.
        """
        if self._at == len(self._buffer):
            self._fill("a head")
        searched = self._at
        while True:
            end = self._buffer.find(b"\r\n\r\n", searched)
            head, after = self._buffer[self._at : max(end, 0)], end + 4
            if end < 0 or head.count(b"\n") != head.count(b"\r\n"):
                head, after = self._loose_head(searched)
            unread = len(self._buffer) - self._at
            if after or unread > cap:
                break
            self._fill("a head")
            searched = max(unread - _OVERLAP, 0)  # `_fill` moved the unread bytes to the start
        if not after or len(head) > cap:
            raise self._too_long("a head", cap)
        self._at = after
        return head

    def _loose_head(self, searched: int) -> tuple[bytes, int]:
        """Find a head some of whose lines end in LF alone, and what comes after it; 0 for none."""
        match = _EMPTY_LINE.search(self._buffer, searched)
        if match is None:
            return b"", 0
        lines = self._buffer[self._at : match.start()].replace(b"\r\n", b"\n").removesuffix(b"\r")
        return lines.replace(b"\n", b"\r\n"), match.end()

    def line(self, cap: int, what: str) -> bytes:
        """Read one line, and return it without its end; raises like `head`.

        Args:
            cap: Bytes after which a line is too long.
            what: The line's name, for messages.
        """
        while (found := self._buffer.find(b"\n", self._at)) < 0:
            if len(self._buffer) - self._at > cap:
                break
            self._fill(what)
        if found < 0 or found - self._at > cap:
            raise self._too_long(what, cap)
        start, self._at = self._at, found + 1
        line = self._buffer[start:found]
        if line[-1:] != b"\r":
            self.lax = True
            return line
        return line[:-1]

    def ends_line(self) -> bool:
        """Read the end of a line; False if something else comes first. Raises like `head`."""
        while True:
            if self._buffer.startswith(b"\r\n", self._at):
                self._at += 2
                return True
            if self._buffer.startswith(b"\n", self._at):
                self._at += 1
                self.lax = True
                return True
            if self.leftover and self._buffer[self._at :] != b"\r":
                return False
            self._fill("a body")

    def first_line(self) -> bytes:
        """Return the line that the unread bytes start with; empty if its end has not come."""
        line, end, _ = self._buffer[self._at :].partition(b"\n")
        return line.removesuffix(b"\r") if end else b""

    def at_hand(self, size: int) -> bytes | None:
        """Return *size* bytes if they have come already, as most bodies have with their head."""
        start, end = self._at, self._at + size
        if end > len(self._buffer):
            return None
        self._at = end
        return self._buffer[start:end]

    def exactly(self, size: int) -> Iterator[bytes]:
        """Read *size* bytes, in the pieces they come in; raises like `head`."""
        while size > 0:
            if not self.leftover:
                self._fill("a body")
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
        """Build the error for an answer that is not HTTP."""
        return MalformedResponseError(f"{self.url.place}: {complaint}", Sent.MAYBE, self.status)

    def too_large(self, what: str) -> TooLargeError:
        """Build the error for an answer above a cap."""
        return TooLargeError(f"{self.url.place}: {what}", Sent.MAYBE, self.status)

    def _too_long(self, what: str, cap: int) -> TooLargeError:
        return self.too_large(f"{what} of more than {cap} bytes")

    def _fill(self, what: str = "") -> bool:
        """Wait for bytes; False if the other side has closed, which is an error within *what*."""
        data = self._waited_for() if self._wait is None else self._received(self._wait)
        if data:
            self.started = True
            kept = self._buffer[self._at :]
            self._buffer = kept + data if kept else data
            self._at = 0
        elif what:
            message = f"{self.url.place}: the connection ended within {what}"
            raise DisconnectedError(message, Sent.MAYBE, self.status)
        return bool(data)

    def _waited_for(self) -> bytes:
        self._sock.settimeout(left(self._ends_at))
        return self._sock.recv(_PIECE)

    def _received(self, wait: Wait) -> bytes:
        """Receive what has come; where threads take turns, others run until something has."""
        sock, ends_at = self._sock, self._ends_at
        while True:
            if isinstance(sock, ssl.SSLSocket) and sock.pending():
                pass
            elif takes_turns():
                until_readable(sock, ends_at, wait)
            else:
                wait(left(ends_at))
            try:
                return sock.recv(_PIECE)
            except (BlockingIOError, ssl.SSLWantReadError):
                left(ends_at)  # raises if there is no time for more
            except ssl.SSLWantWriteError:
                try:
                    return self._waited_for()
                finally:
                    sock.settimeout(0)
