"""Which of many sockets have something to read; each is told of once."""

from __future__ import annotations

import select
import socket
from contextlib import suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Final, Protocol

_LONGEST_S: Final = 3600.0


class _Watch(Protocol):
    def add(self, fd: int) -> None:
        """Watch a socket until it is told of."""

    def readable(self, timeout_s: float) -> list[int]:
        """Wait until one can be read."""

    def close(self) -> None:
        """Watch none any more."""


class _Epoll:
    """Linux: two system calls less for each wait."""

    def __init__(self) -> None:
        self._poll = select.epoll()

    def add(self, fd: int) -> None:
        once = select.EPOLLIN | select.EPOLLONESHOT
        try:
            self._poll.modify(fd, once)
        except FileNotFoundError:
            self._poll.register(fd, once)

    def readable(self, timeout_s: float) -> list[int]:
        return [fd for fd, _ in self._poll.poll(timeout_s)]

    def close(self) -> None:
        self._poll.close()


class _Selector:
    """What other systems have."""

    def __init__(self) -> None:
        self._selector = DefaultSelector()

    def add(self, fd: int) -> None:
        with suppress(KeyError):  # its wait had ended before
            self._selector.unregister(fd)
        self._selector.register(fd, EVENT_READ)

    def readable(self, timeout_s: float) -> list[int]:
        found = [key.fd for key, _ in self._selector.select(timeout_s)]
        for fd in found:
            with suppress(KeyError):
                self._selector.unregister(fd)
        return found

    def close(self) -> None:
        self._selector.close()


class WatchedSockets:
    """Sockets that are watched; one thread asks at a time, others may add to them meanwhile.

    Attributes:
        watch: Watches the socket of a file descriptor until it is told of, its end included.
    """

    def __init__(self, *, by_selector: bool = not hasattr(select, "epoll")) -> None:
        self._sockets: _Watch = _Selector() if by_selector else _Epoll()
        self._bell, self._ringer = socket.socketpair()
        for each in (self._bell, self._ringer):
            each.settimeout(0)
        self.watch: Final = self._sockets.add
        self.watch(self._bell.fileno())

    def readable(self, timeout_s: float) -> list[int]:
        """Wait until sockets can be read, for at most so many seconds or until `interrupt`; return them."""
        found = self._sockets.readable(min(timeout_s, _LONGEST_S))
        bell = self._bell.fileno()
        if bell in found:
            found.remove(bell)
            with suppress(BlockingIOError):
                self._bell.recv(4096)
            self.watch(bell)
        return found

    def interrupt(self) -> None:
        """End the wait of the thread that is in `readable`, or its next one."""
        with suppress(BlockingIOError):  # it has been rung often enough
            self._ringer.send(b"!")

    def close(self) -> None:
        """Watch none any more."""
        self._sockets.close()
        self._bell.close()
        self._ringer.close()
