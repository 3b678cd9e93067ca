"""Locks that end with their process: ``flock`` on a file, one for each label, no lease.

A process first takes its turn, which is a lock as well, and only then waits for the lock
itself: so a process whose threads want it all the time cannot keep it from the others.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Final
from weakref import WeakValueDictionary

from portcall.store.errors import StoreBusyError
from portcall.store.forks import OwnFile, no_fork
from portcall.store.places import FILE_MODE, private_folder, unusable

if sys.platform == "win32":
    import msvcrt

    def _try(fd: int) -> None:
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


_TURN_S: Final = 0.005
_NEXT_S: Final = 0.001

_table: Final = Lock()
_gates: Final[WeakValueDictionary[tuple[int, str], Lock]] = WeakValueDictionary()


@contextmanager
def one_thread(key: str, timeout_s: float) -> Iterator[None]:
    """Let one thread of this process in at a time, for each *key*.

    Raises:
        StoreBusyError: Another thread was in for longer than *timeout_s*.
    """
    with no_fork(), _table:
        # With the process's id: a forked child has none of the threads that might let go.
        gate = _gates.setdefault((os.getpid(), key), Lock())
    if not gate.acquire(timeout=max(timeout_s, 0.0)):
        raise busy(key, timeout_s)
    try:
        yield
    finally:
        gate.release()


def busy(what: str, timeout_s: float) -> StoreBusyError:
    """Make the error for a lock that others held for too long."""
    return StoreBusyError(f"{what} was locked by others for longer than {timeout_s:g} s: try again")


class FileLocks:
    """Locks by label, under *folder*; shared by every thread and process that uses it.

    Args:
        folder: This user's own; the lock files in it are never removed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder / "locks"

    @contextmanager
    def held(self, label: str, timeout_s: float) -> Iterator[None]:
        """Hold the lock called *label*; not reentrant.

        Raises:
            StoreBusyError: Others held it for longer than *timeout_s*.
            StoreUnavailableError: Its file cannot be opened.
        """
        ends = monotonic() + timeout_s
        # Nothing that a name could do to a path, on a file system of any case.
        file = self._folder / sha256(label.encode(errors="surrogatepass")).hexdigest()[:32]
        with one_thread(f"{label} in {self._folder.parent}", timeout_s), ExitStack() as lock:
            with self._taken(file.with_suffix(".turn"), ends, _TURN_S) as has_turn:
                is_held = lock.enter_context(self._taken(file.with_suffix(".lock"), ends, _NEXT_S))
                if not (has_turn and is_held):
                    raise busy(label, timeout_s)
            yield

    @contextmanager
    def _taken(self, file: Path, ends: float, pause_s: float) -> Iterator[bool]:
        """Lock *file*; return whether that was possible in time."""
        lock = self._open(file)
        try:
            yield _wait(lock.fd, file, ends, pause_s)
        finally:
            _close(lock)

    def _open(self, file: Path) -> OwnFile:
        if not self._folder.exists():
            private_folder(self._folder)
        try:
            with no_fork():
                return OwnFile(os.open(file, os.O_RDWR | os.O_CREAT, FILE_MODE))
        except OSError as exc:
            raise unusable(file, exc) from exc


def _wait(fd: int, file: Path, ends: float, pause_s: float) -> bool:
    while True:
        try:
            _try(fd)
        except (BlockingIOError, PermissionError):  # flock says the first, msvcrt the second
            left = ends - monotonic()
            if left <= 0:
                return False
            sleep(min(pause_s, left))
        except OSError as exc:
            raise unusable(file, exc) from exc
        else:
            return True


def _close(lock: OwnFile) -> None:
    with no_fork():
        if lock.forget():
            os.close(lock.fd)
