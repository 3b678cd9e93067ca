"""The journal of a run, beside its input: written before events are sent, read after a crash.

Text, a record a line: ``<subscription> <letter> <rest>``. What a killed process wrote last may be half a
line, and is not counted. When it has grown, it is replaced by a short one that says the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Final, Self

from portcall.cli.running.progressed import Progressed
from portcall.cli.running.ranges import to_text
from portcall.errors import SettingsError
from portcall.store import StoreBusyError
from portcall.store.locks import FileLocks
from portcall.store.places import home, write_private

VERSION: Final = 1
LARGEST_BYTES: Final = 4 << 20
SYNC_S: Final = 1.0
"""So much may be lost if the machine, not only the process, dies."""


class Journal:
    """The file, and what is known from it; used by all threads of a run.

    Args:
        path: Where it is.
        known: By the names of the subscriptions.
        series: Which `Leftovers` belong to it; None if it is new.
    """

    def __init__(
        self, path: Path, known: Mapping[str, Progressed], series: int | None = None
    ) -> None:
        self.path: Final = path
        self.series = series
        self._known: Final = dict(known)
        self._places: Final = {name: place for place, name in enumerate(self._known)}
        self._lock: Final = Lock()
        self._file = -1
        self._size = 0
        self._synced = monotonic()

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what an earlier run left.

        Raises:
            SettingsError: It is no journal, or cannot be read.
        """
        try:
            with path.open(encoding="utf-8") as file:
                head = _head(file.readline())
                names, series = list(head["subscriptions"]), int(head["series"])
                known = [Progressed() for _ in names]
                for line in file:
                    if line.endswith("\n"):
                        place, letter, rest = line.rstrip("\n").split(" ", 2)
                        known[int(place)].replay(letter, rest)
        except OSError as exc:
            raise SettingsError(f"{path} cannot be read: {exc.strerror}") from None
        except (ValueError, KeyError, TypeError, IndexError):
            raise SettingsError(
                f"{path} is no journal of this version of portcall: move it away, or begin anew with "
                "--restart"
            ) from None
        return cls(path, dict(zip(names, known, strict=True)), series)

    def of(self, name: str) -> Progressed:
        """Give what is known of one subscription."""
        return self._known[name]

    @contextmanager
    def kept(self, names: Sequence[str]) -> Iterator[Self]:
        """Write the journal while a run is under way; it is gone in the end if nothing is left to do.

        Raises:
            SettingsError: It cannot be written, or another run writes it.
        """
        for name in names:
            self._places.setdefault(name, len(self._places))
            self._known.setdefault(name, Progressed())
        with _alone(self.path):
            try:
                self._replace()
            except OSError as exc:
                raise SettingsError(
                    f"the journal {self.path} cannot be written: {exc.strerror}; --folder names "
                    "another place for it"
                ) from None
            try:
                yield self
            finally:
                with self._lock:  # a thread that is still at work must not write into another file
                    os.close(self._file)
                    self._file = -1
                if all(known == Progressed() for known in self._known.values()):
                    self.remove()  # nothing has begun

    def remove(self) -> None:
        """Forget the run: nothing is left to do."""
        with suppress(FileNotFoundError):
            self.path.unlink()

    def begin(self, name: str, numbers: list[int]) -> None:
        """Entries are about to be sent."""
        with self._lock:
            self._known[name].begin(numbers)
            self._write(name, "b", to_text(numbers))

    def finish(self, name: str, numbers: list[int]) -> None:
        """There is nothing left to do for entries."""
        with self._lock:
            self._known[name].finish(numbers)
            self._write(name, "d", to_text(numbers))

    def fail(self, name: str, number: int, about: dict[str, Any]) -> None:
        """An entry was sent, and not taken."""
        with self._lock:
            self._known[name].fail(number, about)
            self._write(name, "f", f"{number} {json.dumps(about)}")

    def wait(self, name: str, numbers: list[int]) -> None:
        """Entries are to be sent again."""
        with self._lock:
            self._known[name].wait(numbers)
            self._write(name, "w", to_text(numbers))

    def reach(self, name: str, through: int, checksum: int) -> None:
        """All entries up to one have their outcome, and it is said where it has to be."""
        with self._lock:
            self._known[name].reach(through, checksum)
            self._write(name, "c", f"{through} {checksum}")
            if monotonic() - self._synced >= SYNC_S:
                os.fsync(self._file)
                self._synced = monotonic()
            if self._size > LARGEST_BYTES:
                self._replace()

    def _write(self, name: str, letter: str, rest: str) -> None:
        # One call without a buffer: whatever kills this process, the system has the whole record.
        record = f"{self._places[name]} {letter} {rest}\n".encode()
        written = os.write(self._file, record)
        self._size += written
        if written < len(record):
            raise OSError(ENOSPC, os.strerror(ENOSPC), str(self.path))

    def _replace(self) -> None:
        """Write all that is known into a new file, and go on with that."""
        head = {"portcall_journal": VERSION, "series": self.series}
        lines = [json.dumps({**head, "subscriptions": list(self._places)})]
        for name, place in self._places.items():
            lines += [f"{place} {record}" for record in self._known[name].records()]
        text = "".join(f"{line}\n" for line in lines)
        write_private(self.path, text)
        if self._file >= 0:
            os.close(self._file)
        self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        self._size = len(text)
        self._synced = monotonic()


def _head(line: str) -> Any:
    head = json.loads(line)
    if head["portcall_journal"] != VERSION:
        raise ValueError(head)
    return head


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other runs over the same input away: they would send everything twice."""
    label = f"the journal {path.absolute()}"
    try:
        with FileLocks(home()).held(label, 0.0):
            yield
    except StoreBusyError:
        raise SettingsError(f"another run is under way: it holds the journal {path}") from None
