"""What several threads write at once goes to the disk together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any, Final, Generic, TypeVar, cast

_D = TypeVar("_D")
_T = TypeVar("_T")

MOST_TOGETHER: Final = 256


class _Job:
    __slots__ = ("gate", "is_done", "leads", "raised", "returned", "work")

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work
        self.is_done = self.leads = False
        self.returned: Any = None
        self.raised: BaseException | None = None
        self.gate = gate()


def gate() -> Any:
    """Return a lock that is held: to acquire it is to wait until another thread lets it go."""
    held = Lock()
    held.acquire()
    return held


class GroupCommit(Generic[_D]):
    """Runs pieces of work in transactions, those that have come meanwhile in one.

    The first thread that finds no other one writing writes for all that wait, and then has the first of those
    write that have come since; there is no thread of its own. A thread whose work is written goes on at once:
    it waits for no lock that the next one to write holds.

    Args:
        transact: Runs a function in one transaction, given the database; returns when that is durable.
    """

    def __init__(self, transact: Callable[[Callable[[_D], None]], None]) -> None:
        self._transact: Final = transact
        self._lock = Lock()
        self._waiting: deque[_Job] = deque()
        self._is_writing = False

    def run(self, work: Callable[[_D], _T]) -> _T:
        """Return what *work* returned, when it is durable; raise what it raised, when nothing of it is."""
        job = _Job(work)
        with self._lock:
            self._waiting.append(job)
            job.leads, self._is_writing = not self._is_writing, True
        if not job.leads:
            self._wait(job)
        if not job.is_done:
            self._lead(job)
        if job.raised is not None:
            raise job.raised
        return cast("_T", job.returned)

    def in_child(self) -> None:
        """Forget the threads of the process that was forked."""
        self._lock = Lock()
        self._waiting = deque()
        self._is_writing = False

    def _wait(self, job: _Job) -> None:
        """Wait until a job is written, or its thread is to write."""
        try:
            job.gate.acquire()
        except BaseException:  # an interrupt: others must not wait for this thread
            with self._lock:
                with suppress(ValueError):
                    self._waiting.remove(job)
                if job.leads and not job.is_done:
                    self._pass_on()
            raise

    def _lead(self, own: _Job) -> None:
        with self._lock:
            waiting = self._waiting
            jobs = [waiting.popleft() for _ in range(min(len(waiting), MOST_TOGETHER))]
        try:
            self._write(jobs)
        finally:
            with self._lock:
                self._pass_on()
            for job in jobs:
                if job is not own:
                    job.gate.release()

    def _pass_on(self) -> None:
        """Have the thread that has waited longest write, if one waits."""
        self._is_writing = bool(self._waiting)
        if self._waiting:
            self._waiting[0].leads = True
            self._waiting[0].gate.release()

    def _write(self, jobs: list[_Job]) -> None:
        while jobs:
            try:
                self._transact(lambda db: _do(jobs, db))
            except BaseException as exc:  # noqa: BLE001  # raised in the thread whose work it is
                if len(jobs) > 1:  # one of them is at fault, and the others are not
                    for job in jobs:
                        self._write([job])
                    return
                jobs[0].raised = exc
            for job in jobs:
                job.is_done = True
            return


def _do(jobs: list[_Job], db: Any) -> None:
    for job in jobs:
        job.returned = job.work(db)
