"""Threads that wait for sockets take turns: one runs, one watches the sockets of all, the others sleep.

Where hundreds of threads wait for answers by themselves, each that has one competes with all others for the
interpreter's lock, wakes up 200 times a second while it does, and is woken in vain whenever the thread that
runs lets go of the lock for a moment. Here a thread whose answer has come sleeps until it is its turn.
A thread that goes to wait passes the turn to the next one; if none is ready, it watches the sockets itself:
the pattern "leader/followers" (Schmidt et al., Pattern-Oriented Software Architecture, volume 2).
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from threading import Event, Lock, Thread, local
from time import monotonic
from typing import Final

from portcall.watched_sockets import WatchedSockets

LOOK_S: Final = 0.02
"""A thread that runs for longer may wait for something that is not a socket: then another one runs, too."""

CALM_LOOKS: Final = 50
"""After so many looks at which fewer were stuck than it takes, half as many run at a time."""


class Seat:
    """Where one thread sleeps until it is its turn.

    Attributes:
        turns: Whose turns it takes.
        wake: Ends the sleep of the thread, or its next one.
        ends_at: The instant of `time.monotonic` at which it stops waiting for its socket.
        is_woken: It has a turn, or is about to notice that.
        since: The look at which its turn began.
    """

    __slots__ = ("_lock", "ends_at", "is_woken", "since", "turns", "wake")

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.ends_at = inf
        self.is_woken = False
        self.since = 0
        self._lock = Lock()
        self._lock.acquire()
        self.wake: Final = self._lock.release

    def sleep(self) -> None:
        """Sleep until `wake`, which may have been called already."""
        self._lock.acquire()
        self.is_woken = False


class Turns:
    """The turns of some threads.

    A thread that is stuck, in a lock or in a call that has nothing to do with a socket of this package, costs
    the others `LOOK_S`: then four more threads may run for each that is stuck, since more are likely to be.
    Of threads that sleep for 50 ms in each call, a look finds a fifth or more. Where all may run, each waits
    for its socket by itself.

    Args:
        before_rest: Called whenever a thread goes to wait and no other one is ready.
        now_and_then: Called every `LOOK_S`.
    """

    def __init__(
        self, before_rest: Callable[[], object], now_and_then: Callable[[], object] = lambda: None
    ) -> None:
        self._before_rest = before_rest
        self._now_and_then = now_and_then
        self._lock = Lock()
        self._ready: deque[Seat] = deque()
        self._waiting: dict[int, Seat] = {}  # by file descriptor
        self._running: set[Seat] = set()
        self._limit = 1
        self._leader: Seat | None = None
        self._moves = self._members = self._look = 0
        self._look_at = inf  # a wait may be over by then
        self._watcher = Seat(self)
        self._unled = Event()
        self._thread: Thread | None = None
        self._is_watched = False

    @contextmanager
    def joined(self) -> Iterator[Seat]:
        """Let the calling thread take part: within, it runs when it is its turn."""
        seat = Seat(self)
        with self._lock:
            self._members += 1
            if not self._is_watched:
                self._is_watched = True
                self._sockets = WatchedSockets()
                self._thread = Thread(target=self._watch, name="portcall-turns", daemon=True)
                self._thread.start()
        self._enter(seat)
        _own.seat = seat
        try:
            yield seat
        finally:
            _own.seat = None
            with self._lock:
                self._members -= 1
                if not self._members:
                    self._end_watch()
            self._give(seat)

    @property
    def is_wide(self) -> bool:
        """Whether all threads may run at a time, as many of them are stuck."""
        return self._limit > self._members

    def wait(self) -> None:
        """Wait for the end, after all threads have left."""
        if self._thread is not None:
            self._thread.join()

    def rest(self, seat: Seat, fd: int | None = None) -> None:
        """Let others run until `call`, or until there is something to read, or ``seat.ends_at`` has come.

        Args:
            seat: Of the calling thread.
            fd: Of a socket; None to wait for `call` alone.
        """
        woken = None
        with self._lock:
            if fd is not None:
                self._sockets.watch(fd)
                # A number that is in use again: the socket that another thread waits for was closed.
                if closed := self._waiting.get(fd):
                    self._ready.append(closed)
                self._waiting[fd] = seat
                if seat.ends_at < self._look_at:
                    self._look_at = seat.ends_at
                    if self._leader is not None:
                        self._sockets.interrupt()
            self._moves += 1
            self._running.discard(seat)
            if self._ready:
                woken = self._next_ones()
            leads = self._leader is None and not woken and not seat.is_woken
            if leads:
                self._leader = seat
        if woken:
            for each in woken:
                each.wake()
        else:
            self._before_rest()
        while leads:
            leads = self._lead(seat, inf)
        seat.sleep()

    def call(self, seat: Seat) -> None:
        """Have a thread that rests, or is about to, run as soon as it is its turn; by any thread."""
        with self._lock:
            self._ready.append(seat)
            if seat is self._leader:
                self._sockets.interrupt()  # it takes itself out
                return
            woken = self._next_ones()
        _wake(woken)

    @contextmanager
    def away(self, seat: Seat) -> Iterator[None]:
        """Let others run while the calling thread waits for something else."""
        _own.seat = None
        self._give(seat)
        try:
            yield
        finally:
            self._enter(seat)
            _own.seat = seat

    def _enter(self, seat: Seat) -> None:
        with self._lock:
            self._ready.append(seat)
            woken = self._next_ones()
        _wake(woken)
        seat.sleep()

    def _give(self, seat: Seat) -> None:
        """Pass the turn of the calling thread on."""
        with self._lock:
            self._moves += 1
            self._running.discard(seat)
            woken = self._next_ones()
            if not woken and self._leader is None and self._waiting:
                self._unled.set()
        if woken:
            _wake(woken)
        else:
            self._before_rest()

    def _lead(self, seat: Seat, longest_s: float) -> bool:
        """Watch the sockets once; return whether the calling thread is still to do so."""
        found = self._sockets.readable(max(0.0, min(self._look_at - monotonic(), longest_s)))
        with self._lock:
            self._note(found)
            woken = self._next_ones()
            # Where another thread runs, that one watches the sockets when it goes to wait.
            leads = not woken and not seat.is_woken and len(self._running) < self._limit
            if not leads:
                self._leader = None
        _wake(woken)
        return leads

    def _note(self, found: list[int]) -> None:
        """Record which threads need not wait any longer; under the lock."""
        for fd in found:
            seat = self._waiting.pop(fd, None)
            if seat is not None:
                self._ready.append(seat)
        now = monotonic()
        if now >= self._look_at:
            over = [fd for fd, seat in self._waiting.items() if seat.ends_at <= now]
            self._ready.extend([self._waiting.pop(fd) for fd in over])
            self._look_at = min((seat.ends_at for seat in self._waiting.values()), default=inf)

    def _next_ones(self) -> list[Seat]:
        """Take out those that run now; under the lock."""
        woken = []
        while self._ready and len(self._running) < self._limit:
            seat = self._ready.popleft()
            seat.is_woken, seat.since = True, self._look
            self._running.add(seat)
            woken.append(seat)
        return woken

    def _adapt(self, calm: int) -> int:
        """Fit how many run at a time to how many are stuck; return the looks since that was enough."""
        self._look += 1
        wanted = 4 * sum(self._look - seat.since > 1 for seat in self._running) + 1
        if wanted >= self._limit:
            self._limit = wanted
            return 0
        if calm >= CALM_LOOKS:
            self._limit = max(self._limit // 2, 1)
            return 0
        return calm + 1

    def _watch(self) -> None:
        """Be the thread that sees to what no thread of the others can."""
        moves, calm, leads = -1, 0, False
        while True:
            if not leads:
                self._unled.wait(LOOK_S)
            if self._is_over():
                break
            with self._lock:
                self._unled.clear()
                is_stuck = bool(self._running) and self._moves == moves and not leads
                moves = self._moves
                leads = self._leader is None and (is_stuck or not self._running)
                if leads:
                    self._leader = self._watcher
            if leads:
                self._lead(self._watcher, 0.0 if is_stuck else LOOK_S)
            with self._lock:
                leads = self._leader is self._watcher
                if leads:
                    self._leader = None
                calm = self._adapt(calm)
                woken = self._next_ones()
            _wake(woken)
            self._now_and_then()

    def _end_watch(self) -> None:
        """Have the thread that watches see that all others have left; under the lock."""
        self._unled.set()
        if self._leader is self._watcher:
            self._sockets.interrupt()

    def _is_over(self) -> bool:
        """Return whether all threads have left, so that the next one to join has to start over."""
        with self._lock:
            if self._members:
                return False
            self._is_watched = False
            self._sockets.close()
            return True


class _Own(local):
    seat: Seat | None = None


_own: Final = _Own()


def _wake(seats: list[Seat]) -> None:
    for seat in seats:
        seat.wake()


def takes_turns() -> bool:
    """Return whether the calling thread has a turn, which `until_readable` passes on."""
    return _own.seat is not None


def until_readable(sock: socket.socket, ends_at: float, wait: Callable[[float], object]) -> None:
    """Let others run until *sock* has something to read, or *ends_at* has come; for a thread with a turn.

    Args:
        sock: Connected; its timeout is 0.
        ends_at: Instant of `time.monotonic`.
        wait: Waits for the same socket for so many seconds at most: used where all threads may run at a
            time, as to be woken by another thread takes longer then.
    """
    seat = _own.seat
    if seat is None:
        return
    if seat.turns.is_wide:
        with seat.turns.away(seat):
            wait(ends_at - monotonic())
    else:
        seat.ends_at = ends_at
        seat.turns.rest(seat, sock.fileno())


@contextmanager
def away() -> Iterator[None]:
    """Let others run while the calling thread waits for something that is no answer of a server."""
    seat = _own.seat
    if seat is None:
        yield
        return
    with seat.turns.away(seat):
        yield
