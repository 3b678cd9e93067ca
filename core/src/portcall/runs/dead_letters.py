"""The files of a run: what was not delivered, with the reasons, ready to be sent again.

One file for each kind of outcome, made when there is a first event for it. No run ever writes into what
another one has made; one that is resumed finds its own again.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from errno import ENOSPC
from glob import escape
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final

from portcall.actions.outcomes import Outcome
from portcall.model.rfc3339 import rfc3339
from portcall.runs.inputs import Entry, to_line
from portcall.runs.inputs.event_lines import NOTE

KINDS: Final = ("rejected", "uncertain", "retry")
BLOCK_BYTES: Final = 1 << 16

FILE_MODE: Final = 0o600
"""Read and written by the owner alone: events are about people."""

OWN: Final = re.compile(r"\.(rejected|uncertain|retry)(-\d+)?\.ndjson$")
_COPY: Final = re.compile(r"(-\d+)?\.pipe$")


def stem_of(input_name: str, what: str) -> str:
    """Return the stem of a run's files: ``events.json`` and ``shop-track`` make ``events.json.shop-track``.

    Args:
        input_name: The input's file name; empty for standard input.
        what: What the run is, in a word.
    """
    stem = _COPY.sub("", OWN.sub("", input_name))
    if stem == what or stem.endswith(f".{what}"):
        return stem
    return f"{stem}.{what}" if stem else what


def about_undelivered(
    entry: Entry, outcome: Outcome, subscription: str, show: Callable[[str], str]
) -> dict[str, Any]:
    """Return the note that is written beside an event that was not delivered.

    Args:
        entry: The event.
        outcome: What became of it.
        subscription: Which one it was for.
        show: Takes secrets out of a text and puts it on one line.
    """
    said: dict[str, Any] = {"line": entry.number, "outcome": outcome.kind}
    said["reason"] = show(entry.reason or outcome.reason)
    more = {"field": outcome.field, "subscription": subscription}
    if outcome.at is not None:
        more["at"] = rfc3339(outcome.at)
    return {**said, **{name: value for name, value in more.items() if value}}


class DeadLetters:
    """The files; used by all threads of a run.

    Args:
        folder: Where they are.
        stem: How they begin; see `stem_of`.
        run: The run's own word, which stands beside every event.
    """

    def __init__(self, folder: Path, stem: str, run: str) -> None:
        self._folder: Final = folder
        self._stem: Final = stem
        self.run: Final = run
        self._paths: Final = self._begun_before()
        self._files: Final[dict[str, BinaryIO]] = {}
        self._lock: Final = Lock()

    @property
    def paths(self) -> dict[str, Path]:
        """The files that the run has made, by kind."""
        return {kind: self._paths[kind] for kind in KINDS if kind in self._paths}

    def write(self, kind: str, entry: Entry, about: Mapping[str, Any]) -> None:
        """Write one event; when this returns, the system has it.

        Raises:
            OSError: It cannot be written.
        """
        line = to_line(entry, {**about, "run": self.run})
        with self._lock:
            file = self._file(kind)
            end = file.seek(0, os.SEEK_END)
            if file.write(line) < len(line):
                file.truncate(end)
                raise OSError(ENOSPC, os.strerror(ENOSPC), str(self._paths[kind]))

    def forget(self, kind: str) -> None:
        """Forget a file that was delivered and removed: what is written next begins another one."""
        with self._lock:
            self._paths.pop(kind, None)
            if file := self._files.pop(kind, None):
                file.close()

    def sync(self) -> None:
        """Sync the files to disk, so that a crash of the machine loses nothing."""
        with self._lock:
            for file in self._files.values():
                os.fsync(file.fileno())

    def entries_of(self, subscription: str) -> Iterator[int]:
        """Return the numbers of the entries of a subscription that are in the files already."""
        for path in self.paths.values():
            with path.open("rb") as file:
                for note in filter(None, map(_note, file)):
                    is_own = (note.get("run"), note.get("subscription")) == (self.run, subscription)
                    if is_own and isinstance(note.get("line"), int):
                        yield note["line"]

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _begun_before(self) -> dict[str, Path]:
        """Return the files that this run made before it was resumed."""
        found = {}
        for path in self._folder.glob(f"{escape(self._stem)}.*.ndjson"):
            kind = OWN.search(path.name)
            if kind and path.name == f"{self._stem}{kind[0]}" and _is_of(path, self.run):
                found[kind[1]] = path
        return found

    def _file(self, kind: str) -> BinaryIO:
        """Return the file of that kind; another one if that was removed, or changed, by hand."""
        file = self._files.get(kind)
        if file is not None and not _is_at(self._paths[kind], file):
            self._files.pop(kind).close()
            self._paths.pop(kind)
            file = None
        return file or self._open(kind)

    def _open(self, kind: str) -> BinaryIO:
        begun = self._paths.get(kind)
        file = _opened(begun, os.O_APPEND) if begun else self._make(kind)
        self._files[kind] = file
        _mend(file)
        return file

    def _make(self, kind: str) -> BinaryIO:
        """Make the first file of that kind that does not exist yet."""
        for number in count(1):
            path = self._folder / f"{self._stem}.{kind}{f'-{number}' * (number > 1)}.ndjson"
            # What holds but half a line was begun by a run that was killed, and is of no use to it.
            begin = 0 if _is_half(path) else os.O_CREAT | os.O_EXCL
            with suppress(FileExistsError):
                file = _opened(path, os.O_APPEND | begin)
                self._paths[kind] = path
                return file
        raise AssertionError


def _opened(path: Path, flags: int) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDWR | flags, FILE_MODE), "r+b", buffering=0)


def _is_at(path: Path, file: BinaryIO) -> bool:
    with suppress(OSError):
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    return False


def _first(path: Path) -> bytes | None:
    with suppress(OSError), path.open("rb") as file:
        return file.readline()
    return None


def _is_of(path: Path, run: str) -> bool:
    """Return whether a run has made a file, as its first line says."""
    return (_note(_first(path) or b"") or {}).get("run") == run


def _is_half(path: Path) -> bool:
    """Return whether there is a file without one whole line."""
    first = _first(path)
    return first is not None and not first.endswith(b"\n") and _note(first) is None


class NoDeadLetters(DeadLetters):
    """The dead letters of a dry run: writes nothing, as nothing was sent."""

    def write(self, kind: str, entry: Entry, about: Mapping[str, Any]) -> None:
        """Write nothing; the event is still in the input."""


def _note(line: bytes) -> Mapping[str, Any] | None:
    try:
        note = json.loads(line)[NOTE]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return note if isinstance(note, dict) else None


def _mend(file: BinaryIO) -> None:
    """End the last line; remove it where a killed process left half of it."""
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
