"""A few threads that send: fed by the one that iterates, and ended with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.latency import Latency

AHEAD: Final = 2048
"""So many events may wait for a worker to become free, at most one batch for each."""


class WorkerPool:
    """Threads, started when there is work for them.

    Args:
        send: What they do with a batch; where it raises, `collect` does.
        workers: How many at most; None for as many as the latency of the first answers is worth.
        size: The most events of a batch.
    """

    def __init__(
        self, send: Callable[[Batch], Sequence[Outcome]], workers: int | None, size: int
    ) -> None:
        self._latency = Latency(send, size) if workers is None else None
        self._send = self._latency.send if self._latency else send
        self._workers = workers or 1
        self._ahead = max(1, AHEAD // size)
        self._tasks: SimpleQueue[Batch | None] = SimpleQueue()
        self._done: SimpleQueue[Sequence[Outcome] | BaseException] = SimpleQueue()
        self._threads: list[Thread] = []
        self.under_way = 0

    @property
    def is_full(self) -> bool:
        """There is something to do for every worker, and a little more."""
        return self.under_way >= self._workers + min(self._workers, self._ahead)

    @property
    def has_done(self) -> bool:
        """A batch is done, so that `collect` returns at once."""
        return not self._done.empty()

    def submit(self, batch: Batch) -> None:
        """Hand a batch to the next free thread."""
        self.under_way += 1
        self._tasks.put(batch)
        if self._latency is not None:
            self._workers = self._latency.workers
        if len(self._threads) < min(self._workers, self.under_way):
            thread = Thread(target=self._work, name="portcall-delivery", daemon=True)
            thread.start()
            self._threads.append(thread)

    def collect(self) -> Sequence[Outcome]:
        """Wait for a batch that is done, and give its outcomes."""
        done = self._done.get()
        self.under_way -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def end(self, *, wait: bool) -> None:
        """Let every thread finish what it is at, and maybe wait for that."""
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads if wait else ():
            thread.join()

    def _work(self) -> None:
        while (batch := self._tasks.get()) is not None:
            try:
                self._done.put(self._send(batch))
            except BaseException as exc:  # noqa: BLE001  # raised in the thread that collects
                self._done.put(exc)
