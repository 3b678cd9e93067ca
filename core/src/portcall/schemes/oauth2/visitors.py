"""Connections to the loopback listener, each read without waiting for it, and not for long."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import Final

import attrs

_MOST_BYTES: Final = 32_768
_CHUNK: Final = 8_192
_PATIENCE_S: Final = 10.0
_WRITE_S: Final = 5.0
_LINGER_S: Final = 1.0
_LINE: Final = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]*) HTTP/1\.[01]")
_HOST: Final = re.compile(rb"\r\nhost:[ \t]*([\x21-\x7e]+)[ \t]*(?=\r\n)", re.IGNORECASE)


@attrs.frozen
class Visit:
    """One request, as far as it matters here.

    Args:
        method: As sent; empty if the request is not HTTP.
        target: Path and query, in visible ASCII.
        host: What the one Host field says; empty if there is none or more.
    """

    method: str = ""
    target: str = ""
    host: str = ""

    @classmethod
    def read(cls, head: bytes) -> Visit:
        """Take a request's head apart (RFC 9112 §3)."""
        line = _LINE.fullmatch(head.partition(b"\r\n")[0])
        hosts = _HOST.findall(head)
        if line is None or len(hosts) != 1:
            return cls()
        return cls(*(part.decode("ascii") for part in (*line.groups(), hosts[0])))


class Visitor:
    """One connection: its request arrives in pieces, or never.

    Args:
        connection: Just accepted.
        now: Seconds that only go forward.

    Attributes:
        ends: When it is to be dropped, by the same clock.
        leaving: It was told that there is nothing here, and may still be reading that.
    """

    __slots__ = ("_head", "ends", "leaving", "socket")

    def __init__(self, connection: socket.socket, now: float) -> None:
        connection.settimeout(0)
        self.socket: Final = connection
        self.ends = now + _PATIENCE_S
        self.leaving = False
        self._head = b""

    def advance(self) -> Visit | None:
        """Read what is there, without waiting.

        Returns:
            The request once its head is whole; an empty one if there will be none; else None.
        """
        try:
            data = self.socket.recv(_CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return Visit()
        if self.leaving:
            return None if data else Visit()
        self._head += data
        head, end, _ = self._head.partition(b"\r\n\r\n")
        if end:
            return Visit.read(head + b"\r\n")
        return None if data and len(self._head) < _MOST_BYTES else Visit()

    def dismiss(self, data: bytes, now: float) -> None:
        """Send *data*, which is small, without waiting; closing at once might take it back."""
        self.leaving, self.ends = True, now + _LINGER_S
        with suppress(OSError):
            self.socket.sendall(data)
            self.socket.shutdown(socket.SHUT_WR)

    def answer(self, data: bytes) -> None:
        """Send *data*, wait until it arrived, close; a visitor who has left is no news."""
        with suppress(OSError):
            self.socket.settimeout(_WRITE_S)
            self.socket.sendall(data)
            self.socket.shutdown(socket.SHUT_WR)
            self.socket.settimeout(_LINGER_S)
            self.socket.recv(_CHUNK)
        self.close()

    def close(self) -> None:
        """Close without an answer."""
        with suppress(OSError):
            self.socket.close()
