"""One input for several subscriptions, read once, none of them far ahead of another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from threading import Condition, Lock
from typing import Final

from portcall.cli.reading import Entry
from portcall.cli.running.ending import Ending

AHEAD: Final = 1000
AHEAD_BYTES: Final = 8 << 20
_LOOK_S: Final = 0.1


class _Queue:
    """What one subscription has not taken yet."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque()
        self.size_bytes = 0

    @property
    def is_full(self) -> bool:
        return len(self.entries) >= AHEAD or self.size_bytes >= AHEAD_BYTES


class Fan:
    """Hands every entry to each subscription; whoever has none left reads the next one for all.

    Args:
        entries: The input.
        count: How many subscriptions there are.
        ending: Ends all of them.
    """

    def __init__(self, entries: Iterator[Entry], count: int, ending: Ending) -> None:
        self._entries: Final = entries
        self._ending: Final = ending
        self._queues: Final = {place: _Queue() for place in range(count)}
        self._reading: Final = Lock()
        self._room: Final = Condition()
        self._is_alone: Final = count == 1
        self._is_over = False

    def stream(self, place: int) -> Iterator[Entry]:
        """Give the entries to one subscription.

        Raises:
            Exception: What reading raised, to the one that read.
        """
        if self._is_alone:
            yield from self._entries
            return
        queue = self._queues[place]
        try:
            while (entry := self._next(queue)) is not None:
                yield entry
        finally:
            with self._room:
                self._queues.pop(place)
                self._room.notify_all()

    def _next(self, queue: _Queue) -> Entry | None:
        while not queue.entries:
            with self._reading:
                if queue.entries:
                    break
                if not self._read():
                    return None
        was_full = queue.is_full
        entry = queue.entries.popleft()
        with self._room:
            queue.size_bytes -= len(entry.raw)
            if was_full:
                self._room.notify_all()
        return entry

    def _read(self) -> bool:
        """Read one entry for all, when all have room; false at the end."""
        with self._room:
            while not self._ending and any(queue.is_full for queue in self._queues.values()):
                self._room.wait(_LOOK_S)
        if self._ending or self._is_over:
            return False
        try:
            entry = next(self._entries, None)
        except BaseException:
            self._is_over = True
            raise
        self._is_over = entry is None
        if entry is None:
            return False
        with self._room:
            for queue in self._queues.values():
                queue.size_bytes += len(entry.raw)
                queue.entries.append(entry)
        return True
