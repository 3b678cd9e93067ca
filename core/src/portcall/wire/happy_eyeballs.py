"""The first of several addresses that answers, without waiting for the dead ones (RFC 8305)."""

from __future__ import annotations

import os
import selectors
import socket
from collections import OrderedDict, deque
from collections.abc import Sequence
from threading import Lock
from time import monotonic
from typing import Final

from portcall.wire.limits import left
from portcall.wire.resolver import Endpoint, SocketAddress

HEAD_START_S: Final = 0.25
"""Of each address before the next one is tried, too: the Connection Attempt Delay (RFC 8305 §5)."""

REMEMBERED_S: Final = 300.0
_MAX_REMEMBERED: Final = 256
_NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


class Unreachable:
    """Addresses that did not answer lately: the last to be tried, for five minutes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._until: OrderedDict[SocketAddress, float] = OrderedDict()

    def add(self, endpoint: Endpoint) -> None:
        """Remember that nothing answers there."""
        with self._lock:
            self._until[endpoint.socket_address] = monotonic() + REMEMBERED_S
            self._until.move_to_end(endpoint.socket_address)
            if len(self._until) > _MAX_REMEMBERED:
                self._until.popitem(last=False)

    def discard(self, endpoint: Endpoint) -> None:
        """Forget it: the address has answered."""
        with self._lock:
            self._until.pop(endpoint.socket_address, None)

    def __contains__(self, endpoint: Endpoint) -> bool:
        until = self._until.get(endpoint.socket_address)
        return until is not None and monotonic() < until


class _Race:
    """Connection attempts that run beside each other; all sockets except the winner's are closed."""

    def __init__(self, unreachable: Unreachable) -> None:
        self._unreachable = unreachable
        self._selector = selectors.DefaultSelector()
        self.running: dict[socket.socket, tuple[Endpoint, float]] = {}
        self.failure: OSError | None = None

    def start(self, endpoint: Endpoint) -> None:
        """Begin to connect; a refusal that comes at once is noted."""
        try:
            sock = _socket(endpoint.family)
        except OSError as error:  # this system has no such family
            self._fail(endpoint, error)
            return
        try:
            sock.connect(endpoint.socket_address)
        except BlockingIOError:
            pass
        except OSError as error:
            sock.close()
            self._fail(endpoint, error)
            return
        self.running[sock] = endpoint, monotonic()
        self._selector.register(sock, selectors.EVENT_WRITE)

    def wait(self, seconds: float) -> socket.socket | None:
        """Return a socket that has connected within *seconds*, if any."""
        for key, _ in self._selector.select(seconds):
            sock: socket.socket = key.fileobj  # type: ignore[assignment]
            endpoint, _ = self.running.pop(sock)
            self._selector.unregister(sock)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                self._unreachable.discard(endpoint)
                return sock
            sock.close()
            self._fail(endpoint, OSError(code, os.strerror(code)))
        return None

    def end(self) -> None:
        """Stop what is still running; what had its head start is remembered as unreachable."""
        now = monotonic()
        for sock, (endpoint, started) in self.running.items():
            if now - started >= HEAD_START_S:
                self._unreachable.add(endpoint)
            sock.close()
        self._selector.close()

    def _fail(self, endpoint: Endpoint, error: OSError) -> None:
        self._unreachable.add(endpoint)
        self.failure = error


def connect(
    endpoints: Sequence[Endpoint], unreachable: Unreachable, ends_at: float
) -> socket.socket:
    """Connect to the first endpoint that answers.

    Args:
        endpoints: In the system's order (RFC 6724); at least one.
        unreachable: What did not answer lately; kept up to date.
        ends_at: Instant of `time.monotonic` at which trying ends.

    Returns:
        A connected socket; its timeout is the caller's to set.

    Raises:
        TimeoutError: Nothing has answered in time.
        OSError: Every endpoint refused; the last reason.
    """
    waiting = deque(in_turn(endpoints, unreachable))
    race, next_at = _Race(unreachable), 0.0
    try:
        while waiting or race.running:
            if waiting and (not race.running or monotonic() >= next_at):
                race.start(waiting.popleft())
                next_at = monotonic() + HEAD_START_S
                continue
            seconds = left(ends_at)
            if waiting:
                seconds = min(seconds, max(next_at - monotonic(), 0.0))
            running = len(race.running)
            sock = race.wait(seconds)
            if sock is not None:
                return sock
            if len(race.running) < running:
                next_at = 0.0  # one has failed: the next need not wait (RFC 8305 §5)
    finally:
        race.end()
    raise race.failure or TimeoutError


def _socket(family: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(0.0)
    sock.setsockopt(*_NO_DELAY)
    return sock


def in_turn(endpoints: Sequence[Endpoint], unreachable: Unreachable) -> list[Endpoint]:
    """Put the two families in turn, the system's first choice first (RFC 8305 §4); the dead come last."""
    first = endpoints[0].family
    ours = [one for one in endpoints if one.family == first]
    theirs = [one for one in endpoints if one.family != first]
    mixed = [one for pair in zip(ours, theirs, strict=False) for one in pair]
    shorter = len(mixed) // 2
    mixed += ours[shorter:] + theirs[shorter:]
    return sorted(mixed, key=lambda one: one in unreachable)
