"""What several threads write at once goes to the disk together."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, Generic, TypeVar, cast

_D = TypeVar("_D")
_T = TypeVar("_T")

MOST_TOGETHER: Final = 256


class _Job:
    __slots__ = ("is_done", "raised", "returned", "work")

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work
        self.is_done = False
        self.returned: Any = None
        self.raised: BaseException | None = None


class GroupCommit(Generic[_D]):
    """Runs pieces of work in transactions, those that have come meanwhile in one.

    The first thread that finds no other one writing writes for all that wait; there is no thread of its own.

    Args:
        transact: Runs a function in one transaction, given the database; returns when that is durable.
    """

    def __init__(self, transact: Callable[[Callable[[_D], None]], None]) -> None:
        self._transact: Final = transact
        self._waiting: deque[_Job] = deque()
        self._writing = Lock()

    def run(self, work: Callable[[_D], _T]) -> _T:
        """Return what *work* returned, when it is durable; raise what it raised, when nothing of it is."""
        job = _Job(work)
        self._waiting.append(job)
        with self._writing:
            if not job.is_done:  # nobody has written it meanwhile
                self._write(self._taken())
        if job.raised is not None:
            raise job.raised
        return cast("_T", job.returned)

    def in_child(self) -> None:
        """Forget the threads of the process that was forked."""
        self._waiting = deque()
        self._writing = Lock()

    def _taken(self) -> list[_Job]:
        waiting = self._waiting
        return [waiting.popleft() for _ in range(min(len(waiting), MOST_TOGETHER))]

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
