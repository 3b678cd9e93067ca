"""A few threads that send: fed by the one that iterates, and ended with it."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Thread

from portcall.actions.outcomes import Outcome
from portcall.delivery.cutting import Group


class Crew:
    """Threads, started when there is work for them.

    Args:
        workers: How many at most.
        send: What they do with a group.
        stop: Set when they are to end after what they are at.
    """

    def __init__(self, workers: int, send: Callable[[Group], list[Outcome]], stop: Event) -> None:
        self._workers = workers
        self._send = send
        self._stop = stop
        self._tasks: SimpleQueue[Group | None] = SimpleQueue()
        self._done: SimpleQueue[list[Outcome] | BaseException] = SimpleQueue()
        self._threads: list[Thread] = []
        self.under_way = 0

    def submit(self, group: Group) -> None:
        """Hand a group to whoever is free next."""
        self.under_way += 1
        self._tasks.put(group)
        if len(self._threads) < min(self._workers, self.under_way):
            thread = Thread(target=self._work, name="portcall-delivery", daemon=True)
            thread.start()
            self._threads.append(thread)

    def collect(self, *, wait: bool) -> list[Outcome]:
        """Give the outcomes of one group that is done; empty if there is none and none is waited for."""
        try:
            done = self._done.get(block=wait)
        except Empty:
            return []
        self.under_way -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def end(self) -> None:
        """Let every thread finish what it is at, and wait for that."""
        self._stop.set()
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (group := self._tasks.get()) is not None:
            if self._stop.is_set():
                continue
            try:
                self._done.put(self._send(group))
            except BaseException as exc:  # noqa: BLE001  # raised where somebody sees it
                self._done.put(exc)
