"""Processes that do a job, or are killed in the middle of it; for a process without threads."""

from __future__ import annotations

import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from itertools import count
from random import Random
from select import select
from types import FrameType
from typing import Any, Final

from portcall.testing.store_suite.checking import same

KILLED: Final = -signal.SIGKILL
_PATIENCE_S: Final = 60.0


def fork(job: Callable[[], object]) -> int:
    """Do *job* in a child; return its process id. Exit status 1 says that it raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a store has to bear a fork
        pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        job()
        status = 0
    except BaseException:  # noqa: BLE001  # a child must not go on as its parent
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def ended(pid: int) -> int:
    """Wait for a child; return its exit status, negative if a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def seeded(seed: int) -> Random:
    """Return chance that repeats itself."""
    return Random(seed)  # noqa: S311  # it chooses who is killed, no secret


def all_well(pids: list[int]) -> None:
    """Wait for children that must not fail."""
    same([ended(pid) for pid in pids], [0] * len(pids), "how the children ended")


def kill(pid: int) -> None:
    """Kill a child, wherever it is."""
    os.kill(pid, signal.SIGKILL)
    same(ended(pid), KILLED, "how a killed child ended")


def lines_of(job: Callable[[], object]) -> int:
    """Count the lines of Python that *job* runs."""
    lines = count()
    _with_lines(job, lambda: next(lines))
    return next(lines)


def killed_at(line: int, job: Callable[[], object]) -> int:
    """Do *job* in a child that dies before it runs its *line*-th line; return its exit status."""
    lines = count(1)

    def die() -> None:
        if next(lines) == line:
            os.kill(os.getpid(), signal.SIGKILL)

    return ended(fork(lambda: _with_lines(job, die)))


def _with_lines(job: Callable[[], object], before_each: Callable[[], object]) -> None:
    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        if event == "line":
            before_each()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        job()
    finally:
        sys.settrace(before)


class Pipe:
    """Tells the parent what its children have done, byte by byte."""

    def __init__(self) -> None:
        self.reads, self.writes = os.pipe()

    def only_tell(self) -> None:
        """Keep only this end, in a child: when the parent is gone, telling fails."""
        os.close(self.reads)

    def tell(self, byte: int = 0) -> None:
        """Write one byte; others' bytes stay whole."""
        os.write(self.writes, bytes([byte]))

    def hear(self, most: int = 4096) -> bytes:
        """Wait for bytes and return them."""
        if not select([self.reads], [], [], _PATIENCE_S)[0]:
            raise AssertionError(f"no child got anywhere for {_PATIENCE_S:g} s")
        return os.read(self.reads, most)

    def rest(self) -> bytes:
        """Return what is left when all writers are gone; a child waits here for its parent's end."""
        os.close(self.writes)
        left = b""
        while part := os.read(self.reads, 4096):
            left += part
        return left
