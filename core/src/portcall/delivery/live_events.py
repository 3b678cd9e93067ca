"""Events of a stream that may pause, read by a thread of its own: what has come can leave meanwhile."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from threading import Condition, Thread
from typing import Final, Generic, TypeVar

from portcall.delivery.idle import IDLE, Idle

LOOK_S: Final = 0.05
"""After so long without an event there is an `IDLE`."""

AHEAD: Final = 1000
AHEAD_BYTES: Final = 8 << 20

_T = TypeVar("_T")


def live_events(
    events: Iterable[_T], weigh: Callable[[_T], int] = lambda _: 0
) -> Generator[_T | Idle]:
    """Return the events as they come, and `IDLE` while there is none.

    At most `AHEAD` events, or `AHEAD_BYTES`, are read ahead.

    Args:
        events: Iterated over in a thread that ends with the events, or, once the result is closed, with the
            next one of them.
        weigh: Returns the bytes that an event takes.

    Raises:
        Exception: What reading raised, after all events before it.
    """
    reader = _Reader(events, weigh)
    Thread(target=reader.read, name="portcall-reader", daemon=True).start()
    try:
        while (some := reader.take()) is not None:
            yield from some or (IDLE,)
    finally:
        reader.close()
    if reader.raised is not None:
        raise reader.raised


class _Reader(Generic[_T]):
    def __init__(self, events: Iterable[_T], weigh: Callable[[_T], int]) -> None:
        self.raised: BaseException | None = None
        self._events: Final = events
        self._weigh: Final = weigh
        self._ahead: deque[_T] = deque()
        self._bytes = 0
        self._is_over = self._is_closed = False
        self._changed: Final = Condition()

    def read(self) -> None:
        """Be the thread."""
        try:
            for event in self._events:
                if not self._put(event):
                    return
        except BaseException as exc:  # noqa: BLE001  # raised again in the thread that takes
            self.raised = exc
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def take(self) -> deque[_T] | None:
        """Return all that is there, nothing after `LOOK_S`; None at the end."""
        with self._changed:
            if not self._ahead and not self._is_over:
                self._changed.wait(LOOK_S)
            if not self._ahead:
                return None if self._is_over else deque()
            taken, self._ahead, self._bytes = self._ahead, deque(), 0
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Let the thread end."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _put(self, event: _T) -> bool:
        with self._changed:
            while self._is_full() and not self._is_closed:
                self._changed.wait()
            self._ahead.append(event)
            self._bytes += self._weigh(event)
            if len(self._ahead) == 1:
                self._changed.notify_all()
            return not self._is_closed

    def _is_full(self) -> bool:
        return len(self._ahead) >= AHEAD or self._bytes >= AHEAD_BYTES
