"""The files of a run: what was not delivered, with the reasons, ready to be sent again.

One file for each kind of outcome, made when there is a first event for it. A fresh run never writes into
what an earlier one left; a run that is gone on with does.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from errno import ENOSPC
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final

from portcall.cli.reading import Entry, to_line
from portcall.cli.reading.notes import NOTE

KINDS: Final = ("rejected", "uncertain", "retry")
BLOCK_BYTES: Final = 1 << 16

FILE_MODE: Final = 0o600
"""Events are about people."""

_OWN: Final = re.compile(r"\.(rejected|uncertain|retry)(-\d+)?\.ndjson$")


def stem_of(input_name: str, what: str) -> str:
    """Give how the files of a run begin: ``events.json`` and ``shop-track`` make ``events.json.shop-track``.

    Args:
        input_name: The input's file name; empty for standard input.
        what: What the run is, in a word.
    """
    stem = _OWN.sub("", input_name)
    if stem == what or stem.endswith(f".{what}"):
        return stem
    return f"{stem}.{what}" if stem else what


class Leftovers:
    """The files; used by all threads of a run.

    Args:
        folder: Where they are.
        stem: How they begin; see `stem_of`.
        series: Which files of that stem; None for the first that nobody has begun.
    """

    def __init__(self, folder: Path, stem: str, series: int | None = None) -> None:
        self._folder: Final = folder
        self._stem: Final = stem
        self.series: Final = series or self._free()
        self._files: Final[dict[str, BinaryIO]] = {}
        self._lock: Final = Lock()

    @property
    def paths(self) -> dict[str, Path]:
        """The files that there are, by kind."""
        paths = {kind: self._path(kind, self.series) for kind in KINDS}
        return {kind: path for kind, path in paths.items() if path.exists()}

    def write(self, kind: str, entry: Entry, about: Mapping[str, Any]) -> None:
        """Write one event; when this returns, the system has it.

        Raises:
            OSError: It cannot be written.
        """
        line = to_line(entry, about)
        with self._lock:
            file = self._files.get(kind) or self._open(kind)
            end = file.seek(0, os.SEEK_END)
            if file.write(line) < len(line):
                file.truncate(end)
                raise OSError(ENOSPC, os.strerror(ENOSPC), str(self._path(kind, self.series)))

    def sync(self) -> None:
        """Let what was written outlast the machine."""
        with self._lock:
            for file in self._files.values():
                os.fsync(file.fileno())

    def written(self) -> Iterator[Mapping[str, Any]]:
        """Give what stands beside each event that is in the files already."""
        for path in self.paths.values():
            with path.open("rb") as file:
                yield from filter(None, map(_note, file))

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _open(self, kind: str) -> BinaryIO:
        path = self._path(kind, self.series)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, FILE_MODE)
        file = self._files[kind] = os.fdopen(descriptor, "r+b", buffering=0)
        _mend(file)
        return file

    def _path(self, kind: str, series: int) -> Path:
        return self._folder / f"{self._stem}.{kind}{f'-{series}' if series > 1 else ''}.ndjson"

    def _free(self) -> int:
        return next(
            number
            for number in count(1)
            if not any(self._path(kind, number).exists() for kind in KINDS)
        )


class Nowhere(Leftovers):
    """Writes nothing: nothing was sent."""

    def write(self, kind: str, entry: Entry, about: Mapping[str, Any]) -> None:
        """Leave the event where it is."""


def _note(line: bytes) -> Mapping[str, Any] | None:
    try:
        note = json.loads(line)[NOTE]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return note if isinstance(note, dict) else None


def _mend(file: BinaryIO) -> None:
    """End the last line, or take away what a process that was killed could not end."""
    end = file.seek(0, os.SEEK_END)
    begin = end
    tail = b""
    while begin and b"\n" not in tail:
        begin = max(0, begin - BLOCK_BYTES)
        file.seek(begin)
        tail = file.read(end - begin)
    last = tail.rpartition(b"\n")[2]
    if last and _note(last) is None:
        file.truncate(end - len(last))
    elif last:
        file.write(b"\n")
