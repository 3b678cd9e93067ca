"""One call at a time for all callers: each may leave when its own time is over, and none cuts it off."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Thread
from typing import Final, Generic, TypeVar

from portcall.turns import away

_T = TypeVar("_T")

_under_way: Final[dict[tuple[int, int], Event]] = {}


class Flight(Generic[_T]):
    """One call, in a thread of its own.

    The thread is no daemon: a process that ends waits for the answer, which may be the only copy of
    new credentials.

    Args:
        work: What to do; bounded in time by what it calls.

    Attributes:
        is_left: The caller that began it has gone.
    """

    __slots__ = ("_done", "_error", "_result", "_work", "is_left")

    def __init__(self, work: Callable[[], _T]) -> None:
        self._work: Final = work
        self._done: Final = Event()
        self._result: _T | None = None
        self._error: BaseException | None = None
        self.is_left = False

    def wait(self, timeout_s: float) -> bool:
        """Return whether it ended within *timeout_s*; interrupting this wait ends only the wait."""
        with away():
            return self._done.wait(max(timeout_s, 0.0))

    def result(self) -> _T | None:
        """Return what the call returned, or raise what it raised; for the one caller that began it."""
        error, self._error = self._error, None
        if error is None:
            return self._result
        try:
            raise error
        finally:
            del error  # or the traceback would hold this frame, and this frame the traceback

    def run(self) -> None:
        """Make the call; what it raises is for `result`."""
        try:
            self._result = self._work()
        except BaseException as exc:  # noqa: BLE001  # handed over to the thread that waits
            self._error = exc

    def end(self) -> None:
        """Wake up all callers that wait."""
        self._done.set()


class SingleFlight(Generic[_T]):
    """Begins a call where none is under way; a second caller gets the one that is.

    Args:
        name: Of its threads, for a debugger.
    """

    __slots__ = ("_flights", "_name")

    def __init__(self, name: str) -> None:
        self._name: Final = name
        # By process: a fork leaves the threads behind. A dict and no lock, which a fork could leave held.
        self._flights: Final[dict[int, Flight[_T]]] = {}

    @property
    def is_left(self) -> bool:
        """Whether the caller that began the current flight has left."""
        flight = self._flights.get(os.getpid())
        return flight is not None and flight.is_left

    def board(self, work: Callable[[], _T], *, here: bool = False) -> tuple[Flight[_T], bool]:
        """Return the flight that is under way, and whether it is a new one that does *work*.

        Args:
            work: What to do where no flight is under way.
            here: Do it in this thread, before returning.
        """
        fresh = Flight(work)
        flight = self._flights.setdefault(os.getpid(), fresh)
        if flight is not fresh:
            return flight, False
        if here:
            self._fly(flight)
            return flight, True
        # With the caller's context variables: a trace that is open there goes on here.
        context = copy_context()
        thread = Thread(target=context.run, args=(self._fly, flight), name=self._name, daemon=False)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending, or the system has no thread to give
            self._fly(flight)
        return flight, True

    def _fly(self, flight: Flight[_T]) -> None:
        mark = (os.getpid(), id(flight))
        _under_way[mark] = Event()
        try:
            flight.run()
        finally:
            self._flights.pop(os.getpid(), None)
            flight.end()
            _under_way.pop(mark).set()


def are_under_way() -> bool:
    """Return whether a call of this process is still waited for; its end holds up the process's own."""
    return bool(_own())


def wait_for_all() -> None:
    """Wait until no call of this process is under way; each ends by its own time limit."""
    for ended in _own():
        ended.wait()


def _own() -> list[Event]:
    own = os.getpid()
    return [ended for (process, _), ended in tuple(_under_way.items()) if process == own]
