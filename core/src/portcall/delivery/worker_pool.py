"""Threads that send: fed by the one that iterates, and ended with it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import Final

from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.latency import Latency
from portcall.turns import Seat, Turns, away

AHEAD: Final = 2048
"""So many events may wait for a worker to become free, at most one batch for each."""

TOGETHER: Final = 32
"""So many batches that are done wait for the thread that iterates, while there is enough to do."""


class WorkerPool:
    """Threads, started when there is work for them. They run by turns: see `portcall.turns`.

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
        self._turns = Turns(self._ring_in_need, self._ring)
        self._tasks: deque[Batch] = deque()
        self._idle: deque[Seat] = deque()
        self._done: deque[Sequence[Outcome] | BaseException] = deque()
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._is_awaited = self._is_closed = self._is_over = False
        self._threads: list[Thread] = []
        self.under_way = 0

    @property
    def is_full(self) -> bool:
        """There is something to do for every worker, and a little more."""
        return self.under_way >= self._workers + min(self._workers, self._ahead)

    @property
    def has_done(self) -> bool:
        """A batch is done, so that `collect` returns at once."""
        return bool(self._done)

    def submit(self, batch: Batch) -> None:
        """Hand a batch to the next free thread."""
        self.under_way += 1
        self._tasks.append(batch)
        if self._latency is not None:
            self._workers = self._latency.workers
        if self._idle:
            self._call_idle()
        elif len(self._threads) < min(self._workers, self.under_way):
            thread = Thread(target=self._work, name="portcall-delivery", daemon=True)
            thread.start()
            self._threads.append(thread)

    def collect(self) -> Sequence[Outcome]:
        """Wait for a batch that is done, and give its outcomes."""
        while not self._done:
            self._is_awaited = True
            if not self._done:  # still, now that workers know
                with away():
                    self._bell.get()
        self._is_awaited = False
        done = self._done.popleft()
        self.under_way -= 1
        if isinstance(done, BaseException):
            raise done
        return done

    def close(self) -> None:
        """Let threads end that find nothing to do any more, as no further batch comes."""
        self._is_closed = True
        while self._idle:
            self._call_idle()

    def end(self, *, wait: bool) -> None:
        """Let every thread finish what it is at, and maybe wait for that."""
        self._is_over = True
        self.close()
        for thread in self._threads if wait else ():
            thread.join()
        if wait:
            self._turns.wait()

    def _call_idle(self) -> None:
        try:
            seat = self._idle.popleft()
        except IndexError:  # it has seen by itself that there is something to do
            return
        self._turns.call(seat)

    def _ring(self) -> None:
        """Wake the thread that iterates, if it waits for what is there."""
        if self._is_awaited and self._done:
            self._is_awaited = False
            self._bell.put(None)

    def _ring_in_need(self) -> None:
        """Wake the thread that iterates if there is soon too little to do for those that work."""
        if len(self._tasks) * 2 <= self._workers or len(self._done) >= TOGETHER:
            self._ring()

    def _work(self) -> None:
        with self._turns.joined() as seat:
            while (batch := self._next(seat)) is not None:
                try:
                    self._done.append(self._send(batch))
                except BaseException as exc:  # noqa: BLE001  # raised in the thread that collects
                    self._done.append(exc)
                if len(self._done) >= TOGETHER:
                    self._ring()

    def _next(self, seat: Seat) -> Batch | None:
        """Return what is to be done next, which may take a rest; None if nothing is."""
        while not self._is_over:
            is_last = self._is_closed  # before the look, as batches come until then
            try:
                return self._tasks.popleft()
            except IndexError:
                if is_last:
                    break
            self._idle.append(seat)
            if (self._tasks or self._is_closed) and self._is_back(seat):  # meanwhile
                continue
            self._turns.rest(seat)
        return None

    def _is_back(self, seat: Seat) -> bool:
        """Return whether a thread was still idle, and is so no longer; else it is called just now."""
        try:
            self._idle.remove(seat)
        except ValueError:
            return False
        return True
