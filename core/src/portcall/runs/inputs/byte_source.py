"""Bytes from a file, a pipe or a terminal; waiting for them ends when a stop is asked for."""

from __future__ import annotations

import io
import os
import select
import stat
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from portcall.runs.inputs.input_error import InputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN: Final = "-"
_STDIN_NAME: Final = "<stdin>"
_STEP_S: Final = 0.2


class Source(io.RawIOBase):
    """The bytes of one input as they are on disk or come through the pipe.

    Args:
        name: For messages.
        file: Open and unbuffered.
        stopped: Asked before each read of what is not a regular file, and all along while waiting.
        owned: Closed together with this.
        total: Bytes on disk; None for a pipe.
        position: Bytes read so far.
        copy: Called with what was read, before a reader gets it.
        cut: It ended because a stop was asked for.
    """

    def __init__(
        self, name: str, file: Any, stopped: Callable[[], bool], *, owned: bool = True
    ) -> None:
        self.name = name
        self.total = _size(file)
        self.position = 0
        self.cut = False
        self.copy: Callable[[memoryview], None] | None = None
        self._file = file
        self._stopped = stopped
        self._owned = owned
        self._closing = ExitStack()
        self._waits = self.total is None and _has_descriptor(file)

    def readable(self) -> bool:
        """Return True: it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what is there, waiting for at least one byte; 0 is the end."""
        while self._ready():
            try:
                count = self._file.readinto(buffer)
            except OSError as exc:
                raise InputError(f"{self.name}: {exc.strerror or exc}") from exc
            if count is not None:  # a pipe that does not block may have nothing after all
                self.position += count
                if self.copy is not None and count:
                    self.copy(memoryview(buffer).cast("B")[:count])
                return int(count)
        self.cut = True
        return 0

    def close(self) -> None:
        """Close the file; standard input is left open."""
        self._closing.close()
        if not self.closed and self._owned:
            self._file.close()
        super().close()

    def close_with(self, close: Callable[[], object]) -> None:
        """Call *close*, of something that reads the same file, before the file is closed."""
        self._closing.callback(close)

    def _ready(self) -> bool:
        while self._waits and not self._stopped():
            try:
                if select.select([self._file], [], [], _STEP_S)[0]:
                    return True
            except (OSError, ValueError):  # not everywhere for every file: then plain reads
                self._waits = False
        return not self._waits


def open_source(path: str, stopped: Callable[[], bool]) -> Source:
    """Open a file, or standard input for ``-``.

    Raises:
        InputError: It cannot be opened; says what is near.
    """
    if path == STDIN:
        if sys.stdin is None:
            raise InputError(f"{_STDIN_NAME}: there is no standard input; name a file")
        # The buffer would wait for more than is there.
        raw = getattr(sys.stdin.buffer, "raw", sys.stdin.buffer)
        return Source(_STDIN_NAME, raw, stopped, owned=False)
    try:
        return Source(path, Path(path).open("rb", buffering=0), stopped)
    except (OSError, ValueError) as exc:
        said = getattr(exc, "strerror", None) or exc
        raise InputError(f"{path}: {said}{_near(Path(path))}") from exc


def _near(path: Path) -> str:
    names: list[str] = []
    with suppress(OSError, ValueError):
        if not path.exists():
            names = get_close_matches(path.name, [each.name for each in path.parent.iterdir()], n=1)
    return f"; did you mean {str(path.with_name(names[0]))!r}?" if names else ""


def _size(file: Any) -> int | None:
    if not _has_descriptor(file):
        return None
    status = os.fstat(file.fileno())
    return status.st_size if stat.S_ISREG(status.st_mode) else None


def _has_descriptor(file: Any) -> bool:
    try:
        file.fileno()
    except (OSError, ValueError, AttributeError):
        return False
    return True
