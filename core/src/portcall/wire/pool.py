"""Connections that wait for their next request: bounded, checked before use, closed with the pool.

A connection that the other side gave up meanwhile costs a request that may be sent twice one more try;
for any other request nothing can tell afterwards if it was applied. So such a request goes only where
the server cannot have given up yet.
"""

from __future__ import annotations

import os
import select
import socket
import ssl
import sys
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Final, TypeAlias
from weakref import WeakSet, finalize

from portcall.errors import Sent
from portcall.model.http_request import ClientCertificate
from portcall.wire.keep_alive import KeepAlive
from portcall.wire.proxy import Proxy

if sys.platform == "win32":
    resource = None
else:
    import resource

Key: TypeAlias = tuple[str, str, int, ClientCertificate | None, Proxy | None]

MAX_IDLE: Final = 2048
MAX_IDLE_PER_KEY: Final = 1024
"""As many as a delivery may have under way, so that the next one finds them all; see also `_open_files`."""

IDLE_S: Final = 60.0
"""How long a connection waits for a request that may be sent twice, unless the server says less."""

SURE_S: Final = 1.5
"""How long for any other, unless the server says more: gunicorn closes after 2 s, Node.js after 5 s."""


_LONGEST_S: Final = 86_400
_TLS_RECORD: Final = 16_384
_PIECE: Final = 1_048_576


class Wire:
    """One open connection.

    Args:
        sock: Connected, under TLS where the scheme says so.

    Attributes:
        reused: It has carried a request before.
        idle_since: When its last request ended, on `time.monotonic`.
        idle_s: Seconds for which the server keeps it idle, less a margin; None if the server named none.
        requests: Requests that it may still carry, as far as the server said.
        sent: What has left of the request that it carries.
        piece: So many bytes are sent at once, at most.
        until_readable: Waits for so many seconds at most; returns whether there is something to read,
            the end included.
    """

    __slots__ = (
        "idle_s", "idle_since", "piece", "requests", "reused", "sent", "sock", "until_readable",
    )  # fmt: skip

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.reused = False
        self.idle_since = 0.0
        self.idle_s: float | None = None
        self.requests: int | None = None
        self.sent = Sent.NO
        # Under TLS one record at a time, as a larger write takes the time it takes.
        self.piece = _TLS_RECORD if isinstance(sock, ssl.SSLSocket) else _PIECE
        self.until_readable = _poller(sock)
        sock.settimeout(0)

    def note(self, said: KeepAlive) -> bool:
        """Keep what an answer says; False if the connection is not to be used again.

        Some servers count in ``max`` the requests that are left, others all of a connection: the first
        number bounds all of them, each later one those that are left.
        """
        if said.idle_s is not None:
            self.idle_s = said.idle_s
        if self.requests is not None:
            self.requests -= 1
        if said.requests is not None:
            allowed = said.requests - 1 if self.requests is None else self.requests
            self.requests = min(allowed, said.requests)
        return self.idle_s != 0 and (self.requests is None or self.requests > 0)

    def fresh(self, *, repeatable: bool) -> bool:
        """Return whether it can carry a request: in time, and nothing unexpected has come in.

        Args:
            repeatable: The request may be sent twice, should the connection prove dead.
        """
        longest = IDLE_S if repeatable else SURE_S
        if self.idle_s is not None:
            longest = min(IDLE_S, self.idle_s)
        return monotonic() - self.idle_since < longest and not self.until_readable(0)

    def close(self) -> None:
        """Close it."""
        self.sock.close()


class Pool:
    """Idle connections by origin and client certificate; the one used last is given out first.

    No more than half of the files that the process may open are kept, and a quarter for one origin.
    """

    def __init__(self) -> None:
        files = _open_files()
        self._most = min(MAX_IDLE, files // 2)
        self._most_per_key = min(MAX_IDLE_PER_KEY, files // 4)
        self._lock = Lock()
        self._idle: OrderedDict[Key, list[Wire]] = OrderedDict()
        self._count = 0
        self._closed = False
        finalize(self, _close_all, self._idle)
        _pools.add(self)

    def __len__(self) -> int:
        return self._count

    def take(self, key: Key, *, repeatable: bool) -> Wire | None:
        """Return a connection that is still good, or None; see `Wire.fresh`."""
        while True:
            with self._lock:
                wires = self._idle.get(key)
                if not wires:
                    return None
                self._count -= 1
                wire = wires.pop()
                if not wires:
                    del self._idle[key]
            if wire.fresh(repeatable=repeatable):
                wire.reused = True
                return wire
            wire.close()

    def put(self, key: Key, wire: Wire) -> None:
        """Keep a connection for the next request; one goes if there are too many, or it was idle too long."""
        wire.idle_since = monotonic()
        surplus: Wire | None = wire
        with self._lock:
            if not self._closed:
                wires = self._idle.setdefault(key, [])
                self._idle.move_to_end(key)
                wires.append(wire)
                self._count += 1
                surplus = self._surplus(wires, wire.idle_since - IDLE_S)
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        """Close every idle connection, and each one that comes back later."""
        with self._lock:
            self._closed = True
        self.clear()

    def clear(self) -> None:
        """Close every idle connection."""
        with self._lock:
            self._count = 0
            _close_all(self._idle)

    def after_fork(self) -> None:
        """Forget the parent's connections: two processes cannot speak on one."""
        self._lock = Lock()
        self.clear()

    def _surplus(self, wires: list[Wire], worn: float) -> Wire | None:
        """Take out what has to go for a connection that was just added to *wires*.

        As one goes for each that comes back, those that carry no request any more are gone soon.

        Args:
            wires: Of one key.
            worn: What is idle since before that instant is of no use.
        """
        if len(wires) > self._most_per_key or wires[0].idle_since < worn:
            self._count -= 1
            return wires.pop(0)
        oldest = next(iter(self._idle))
        others = self._idle[oldest]
        if self._count <= self._most and others[0].idle_since >= worn:
            return None
        self._count -= 1
        surplus = others.pop(0)
        if not others:
            del self._idle[oldest]
        return surplus


def _open_files() -> int:
    """Return how many files the process may open."""
    if resource is None:  # Windows counts sockets apart
        return sys.maxsize
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return sys.maxsize if allowed == resource.RLIM_INFINITY else allowed


def _close_all(idle: OrderedDict[Key, list[Wire]]) -> None:
    while idle:
        for wire in idle.popitem()[1]:
            wire.close()


def _poller(sock: socket.socket) -> Callable[[float], object]:
    """Return a function that waits until *sock* has something to read, its end included; a day at most.

    It returns at once for a negative number of seconds.
    """
    if not hasattr(select, "poll"):
        return lambda wait_s: select.select([sock], [], [], min(max(wait_s, 0), _LONGEST_S))[0]
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    ask = poll.poll

    def wait(wait_s: float) -> object:
        # A negative number would wait without end, and some weeks are more than the call takes.
        return ask(
            0 if wait_s <= 0 else wait_s * 1000 if wait_s < _LONGEST_S else _LONGEST_S * 1000
        )

    return wait


_pools: Final[WeakSet[Pool]] = WeakSet()


def _after_fork() -> None:
    for pool in list(_pools):
        pool.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
