"""One input for several subscriptions, read once, none of them far ahead of another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain
from threading import Condition
from typing import Final

from portcall.delivery.idle import IDLE, Idle
from portcall.runs.inputs import Entry
from portcall.runs.stop_signal import StopSignal

AHEAD: Final = 1000
AHEAD_BYTES: Final = 8 << 20
_LOOK_S: Final = 0.1


class _Queue:
    """What one subscription has not taken yet."""

    def __init__(self) -> None:
        self.entries: deque[Entry | Idle] = deque()
        self.size_bytes = 0

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= AHEAD or self.size_bytes >= AHEAD_BYTES


class SharedReader:
    """Hands every entry to each subscription; a subscription that has none left reads the next for all.

    Args:
        entries: The input.
        count: How many subscriptions there are.
        stop: Ends all of them.
    """

    def __init__(self, entries: Iterator[Entry | Idle], count: int, stop: StopSignal) -> None:
        self._entries: Final = entries
        self._stop: Final = stop
        self._queues: Final = {place: _Queue() for place in range(count)}
        self._change: Final = Condition()
        self._is_alone: Final = count == 1
        self._is_reading = self._is_over = False

    def stream(self, place: int) -> Iterator[Entry | Idle]:
        """Return the entries to one subscription, until they or the run end.

        Raises:
            Exception: What reading raised, to the one that read.
        """
        # What is returned can be closed, and the input stays open.
        return chain(self._entries) if self._is_alone else self._stream(place)

    def _stream(self, place: int) -> Iterator[Entry | Idle]:
        queue = self._queues[place]
        try:
            while (entry := self._next(queue)) is not None:
                yield entry
        finally:
            with self._change:
                if not self._stop:  # then it is asked what was left
                    self._queues.pop(place)
                self._change.notify_all()

    def left(self, place: int) -> list[Entry]:
        """Return what was read, and not taken by one subscription."""
        queue = self._queues.get(place)
        return [entry for entry in queue.entries if entry is not IDLE] if queue else []

    def _next(self, queue: _Queue) -> Entry | Idle | None:
        with self._change:
            while not queue.entries or self._stop:
                if self._is_over or self._stop:
                    return None
                # A subscription with a full queue is not waiting here, and will make room.
                if not self._is_reading and not any(q.is_full for q in self._queues.values()):
                    self._is_reading = True
                    break
                self._change.wait(_LOOK_S)
            else:
                return self._take(queue)
        return self._read(queue)

    def _take(self, queue: _Queue) -> Entry | Idle:
        if queue.is_full:
            self._change.notify_all()
        entry = queue.entries.popleft()
        queue.size_bytes -= _weight(entry)
        return entry

    def _read(self, own: _Queue) -> Entry | Idle | None:
        """Read one entry for all, one reader at a time."""
        entry = None
        try:
            entry = next(self._entries, None)
        finally:
            with self._change:
                self._is_reading, self._is_over = False, entry is None
                if entry is not None:
                    self._hand_on(entry, own)
                self._change.notify_all()
        return entry

    def _hand_on(self, entry: Entry | Idle, own: _Queue) -> None:
        for queue in self._queues.values():
            if queue is not own and not (entry is IDLE and queue.entries):
                queue.size_bytes += _weight(entry)
                queue.entries.append(entry)


def _weight(entry: Entry | Idle) -> int:
    return 0 if entry is IDLE else len(entry.raw)
