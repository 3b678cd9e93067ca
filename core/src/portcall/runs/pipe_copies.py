"""A copy of what was read from a pipe, on disk before anything is read after it.

A run that ends by itself removes its copy: what was not delivered is in the files of dead letters by then. A
run that is killed leaves the copy behind, with its journal, and the next run of the same name delivers it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Final

from portcall.errors import SettingsError
from portcall.runs.run_locks import alone
from portcall.store.places import FILE_MODE

ENDING: Final = ".pipe"

LARGEST_BYTES: Final = 64 << 20
"""A larger copy forgets the lines that are delivered."""

_CHUNK_BYTES: Final = 1 << 20


class PipeCopy:
    """The copy of one run.

    Args:
        path: A new file.

    Attributes:
        done: Returns up to which line all is delivered; None where the copy is not of lines.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self.done: Callable[[], int] | None = None
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, FILE_MODE)
        self._size = 0
        self._limit = LARGEST_BYTES
        self._lock: Final = Lock()

    def write(self, data: bytes | memoryview) -> None:
        """Add what was read; when this returns, it outlasts this process.

        Raises:
            OSError: There is no room for it.
        """
        with self._lock:
            while data:
                written = os.write(self._file, data)
                self._size += written
                data = data[written:]
            if self._size > self._limit and self.done is not None:
                self._forget(self.done())
                self._limit = max(LARGEST_BYTES, 2 * self._size)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            os.close(self._file)

    def remove(self) -> None:
        """Remove the file: nothing of it is needed any more."""
        self.path.unlink(missing_ok=True)

    def _forget(self, lines: int) -> None:
        """Put an empty line in the place of each of the first lines, so that the others keep theirs."""
        begun = self.path.with_name(f"{self.path.name}-new")
        with self.path.open("rb") as old, begun.open("wb") as new:
            for _ in range(lines):
                old.readline()
            for _ in range(lines // _CHUNK_BYTES):
                new.write(b"\n" * _CHUNK_BYTES)
            new.write(b"\n" * (lines % _CHUNK_BYTES))
            while chunk := old.read(_CHUNK_BYTES):
                new.write(chunk)
        begun.chmod(FILE_MODE)
        begun.replace(self.path)
        os.close(self._file)
        self._file = os.open(self.path, os.O_RDWR | os.O_APPEND)
        self._size = os.fstat(self._file).st_size


@contextmanager
def own_copy(folder: Path, what: str) -> Iterator[PipeCopy]:
    """Make a copy that no other run has: several may read pipes at once.

    Raises:
        SettingsError: The folder cannot be written.
    """
    for number in count(1):
        path = _path(folder, what, number)
        with ExitStack() as stack:
            try:
                stack.enter_context(_held(path))
            except SettingsError:
                continue
            if path.exists():
                continue  # of a killed run
            try:
                copy = PipeCopy(path)
            except OSError as exc:
                raise SettingsError(
                    f"what comes through the pipe cannot be kept in {path}: {exc.strerror}; folder= names "
                    "another place for it"
                ) from None
            stack.callback(copy.close)
            yield copy
            return


def left_copies(folder: Path, what: str) -> list[Path]:
    """Return the copies that killed runs have left, the oldest first."""
    found = [folder / f"{what}{ENDING}", *folder.glob(f"{_escaped(what)}-*{ENDING}")]
    return sorted(filter(_is_left, found), key=lambda path: path.stat().st_mtime)


def _is_left(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with _held(path):
            return True
    except SettingsError:
        return False


def _held(path: Path) -> AbstractContextManager[None]:
    return alone(f"the pipe {path.resolve()}", f"it holds {path}")


def _path(folder: Path, what: str, number: int) -> Path:
    return folder / f"{what}{f'-{number}' * (number > 1)}{ENDING}"


def _escaped(text: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in text)
