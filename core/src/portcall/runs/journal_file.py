"""The journal of a run, beside its input: written before events are sent, read after a crash.

Text, a record a line: ``<subscription> <letter> <rest>``. What a killed process wrote last may be half a
line, and is not counted. When it has grown, it is replaced by a short one that says the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from errno import ENOSPC
from pathlib import Path
from secrets import token_hex
from threading import Lock
from time import monotonic
from typing import Any, Final, Self

from portcall.errors import SettingsError
from portcall.runs.checkpoint import Checkpoint, to_text
from portcall.runs.inputs import Entry
from portcall.store.places import write_private

VERSION: Final = 1
LARGEST_BYTES: Final = 4 << 20
_WHOLE: Final = "-"
"""Stands in a record of all subscriptions for the number of one."""

SYNC_S: Final = 1.0
"""Seconds between two syncs of the file to disk; after a write alone it outlasts the process."""


class JournalFile:
    """The journal of a run and what it knows; used by all threads of the run.

    Args:
        path: Where it is.
        digests: Of the subscriptions, by their names: what each of them does.
        run: The run's own word, which stands beside each of its dead letters; None if it is new.

    Attributes:
        is_new: Nothing has been written down yet.
        place: Of a followed file: from where on something is left to do, as `keep_place` was told.
        ended_at: When the run came to its end; None while there is something left to do.
        before_sync: Called before the file is made to outlast the machine.
    """

    def __init__(self, path: Path, digests: Mapping[str, str], run: str | None = None) -> None:
        self.path: Final = path
        self.digests: Final = dict(digests)
        self.run = run or token_hex(4)
        self.is_new = run is None
        self.place = ""
        self.ended_at: datetime | None = None
        self.before_sync: Callable[[], None] = _nothing
        self._known: Final = {name: Checkpoint() for name in digests}
        self._lock: Final = Lock()
        self._file = -1
        self._size = 0
        self._synced = monotonic()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what an earlier run left.

        Raises:
            SettingsError: It is not a journal, or cannot be read.
        """
        try:
            with path.open(encoding="utf-8") as file:
                head = _head(file.readline())
                journal = cls(path, dict(head["subscriptions"]), str(head["run"]))
                for line in file:
                    if line.endswith("\n"):
                        journal._replay(*line.rstrip("\n").split(" ", 2))
        except OSError as exc:
            raise SettingsError(f"{path} cannot be read: {exc.strerror}") from None
        except (ValueError, KeyError, TypeError, IndexError):
            raise SettingsError(
                f"{path} is not a journal of this version of portcall: move it away, or start over with "
                "restart=True"
            ) from None
        return journal

    def of(self, name: str) -> Checkpoint:
        """Return what is known of one subscription."""
        return self._known[name]

    def adopt(self, digests: Mapping[str, str]) -> None:
        """Resume the run with these subscriptions.

        Of a run that came to its end, a subscription that does something else now starts over. Of any other
        run, each resumes where it was, even if it does something else now.
        """
        if self.ended_at is not None:
            known = {n: self._known[n] for n, d in digests.items() if self.digests.get(n) == d}
            self.digests.clear()
            self._known.clear()
            self._known.update({name: known.get(name, Checkpoint()) for name in digests})
        for name, digest in digests.items():
            self.digests[name] = digest
            self._known.setdefault(name, Checkpoint())

    def begin_another(self) -> None:
        """Begin another run in the same journal, with dead letters of its own."""
        self.run = token_hex(4)

    def end(self, extents: Mapping[str, tuple[Entry, Entry]]) -> None:
        """Record durably that the run came to its end.

        Args:
            extents: By subscription, the last entry of the input, and the last but one; a subscription that
                has read nothing in this run has none.
        """
        with self._lock:
            self.ended_at = datetime.now(UTC).replace(microsecond=0)
            for name, (last, before) in extents.items():
                self._known[name].end(last, before)
            self._replace()

    def open(self) -> None:
        """Open the file for writing.

        Raises:
            SettingsError: It cannot be written.
        """
        try:
            self._replace()
        except OSError as exc:
            raise SettingsError(
                f"the journal {self.path} cannot be written: {exc.strerror}; folder= names another "
                "place for it"
            ) from None

    def close(self) -> None:
        """Close the file; a thread that is still at work cannot write into another one."""
        with self._lock:
            descriptor, self._file = self._file, -1
            os.close(descriptor)

    def remove(self) -> None:
        """Remove the file, as nothing is left to do."""
        with suppress(FileNotFoundError):
            self.path.unlink()

    def begin(self, name: str, numbers: list[int], checksum: int) -> None:
        """Record that entries are about to be sent; *checksum* is that of the last entry."""
        with self._lock:
            self._write(name, "b", f"{checksum} {to_text(numbers)}")
            self._known[name].begin(numbers, checksum)

    def finish(self, name: str, numbers: list[int]) -> None:
        """Record that nothing is left to do for entries."""
        with self._lock:
            self._write(name, "d", to_text(numbers))
            self._known[name].finish(numbers)

    def fail(self, name: str, number: int, about: dict[str, Any]) -> None:
        """Record that an entry was sent and not taken."""
        with self._lock:
            self._write(name, "f", f"{number} {json.dumps(about)}")
            self._known[name].fail(number, about)

    def wait(self, name: str, numbers: list[int]) -> None:
        """Record that entries are to be sent again."""
        with self._lock:
            self._write(name, "w", to_text(numbers))
            self._known[name].wait(numbers)

    def reach(self, name: str, through: int, checksum: int) -> None:
        """Record that all entries up to *through* have an outcome, and that it was reported."""
        with self._lock:
            self._write(name, "c", f"{through} {checksum}")
            self._known[name].reach(through, checksum)
            if self._size > LARGEST_BYTES:
                self._replace()

    def keep_place(self, text: str) -> None:
        """Record from where on in a followed file something is left to do; one line of text."""
        with self._lock:
            self._write(None, "p", text)
            self.place = text

    def needed(self) -> int:
        """Return the first entry for which something is left to do."""
        with self._lock:
            return min(map(_first_needed, self._known.values()))

    def lose(self, first: int, last: int) -> int:
        """Record that entries cannot be read again.

        Returns:
            How many of them had something left to do.
        """
        lost: set[int] = set()
        for name, known in self._known.items():
            open_ones = {*known.waiting, *known.begun, *known.failed}
            if gone := sorted(number for number in open_ones if first <= number <= last):
                self.finish(name, gone)
                lost.update(gone)
        return len(lost)

    def _replay(self, place: str, letter: str, rest: str) -> None:
        """Apply one record.

        Raises:
            ValueError, IndexError: The text is not a record.
        """
        if (place, letter) == (_WHOLE, "e"):
            self.ended_at = datetime.fromisoformat(rest)
        elif (place, letter) == (_WHOLE, "p"):
            self.place = rest
        else:
            self.ended_at = None
            list(self._known.values())[int(place)].replay(letter, rest)

    def _write(self, name: str | None, letter: str, rest: str) -> None:
        """Write one record about a subscription, or (None) about the whole run."""
        place = _WHOLE if name is None else list(self._known).index(name)
        # One call without a buffer: whatever kills this process, the system has the whole record.
        record = f"{place} {letter} {rest}\n".encode()
        if os.write(self._file, record) < len(record):
            os.ftruncate(self._file, self._size)  # half a record would spoil the next one
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(self.path))
        self._size += len(record)
        self.is_new, self.ended_at = False, None
        if monotonic() - self._synced >= SYNC_S:
            self.before_sync()
            os.fsync(self._file)
            self._synced = monotonic()

    def _replace(self) -> None:
        """Write what is known into a new file, and continue with that file."""
        head = {"portcall_journal": VERSION, "run": self.run, "subscriptions": self.digests}
        lines = [json.dumps(head)]
        for place, known in enumerate(self._known.values()):
            lines += [f"{place} {record}" for record in known.records()]
        if self.place:
            lines.append(f"{_WHOLE} p {self.place}")
        if self.ended_at is not None:
            lines.append(f"{_WHOLE} e {self.ended_at.isoformat()}")
        text = "".join(f"{line}\n" for line in lines)
        self.before_sync()
        write_private(self.path, text)
        old, self._file = self._file, os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._size, self._synced = len(text), monotonic()
        if old >= 0:
            os.close(old)


def _head(line: str) -> Any:
    head = json.loads(line)
    if head["portcall_journal"] != VERSION:
        raise ValueError(head)
    return head


def _first_needed(known: Checkpoint) -> int:
    return min((known.through + 1, *known.waiting, *known.begun, *known.failed))


def _nothing() -> None:
    """Do nothing: no other file has to be synced first."""
