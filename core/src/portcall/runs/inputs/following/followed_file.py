"""A followed file as an input: its entries as they are written, across rotations, restarts and kills."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Callable, Generator, Iterator
from itertools import zip_longest
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

import attrs

from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.event_lines import CUT_OFF
from portcall.runs.inputs.following.file_progress import FileProgress
from portcall.runs.inputs.following.followable import checked_options, reader_of, unit_of
from portcall.runs.inputs.following.growing_source import POLL_S, Clock, GrowingSource, Over
from portcall.runs.inputs.following.late_files import LateFiles
from portcall.runs.inputs.following.open_files import OpenFiles, Opening
from portcall.runs.inputs.following.passed_places import MARK_EVERY, PassedPlaces
from portcall.runs.inputs.following.rotated_files import found_beside, later_files
from portcall.runs.inputs.following.stream_places import FileIdentity, Place, places_from_text
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.input_options import InputOptions


class FollowedFile:
    """The entries of a file that grows, and of the files that it was before it was rotated.

    A renamed file is read to its end before the next one. Rotated files are searched in the same folder: the
    file that was being read by inode and content, files that were never read by name and age. The numbers
    of entries go on from file to file.

    Args:
        path: Of the file, which need not exist yet.
        options: Of the input.
        stopped: Returns whether the run is to end.
        clock: Waits for more bytes.
        waits: Wait for more lines at the end of the file; if false, the input ends there.

    Attributes:
        name: For messages.
        total: None, as the file has no end.
        unit: What the numbers of entries count, such as lines.
        notices: Messages for people, about lines that cannot be found any more.
        places: The places that were passed; one of them is recorded.
        lose: Called with the numbers of the first and last of entries that cannot be read again; returns how
            many of them had no outcome yet.

    Raises:
        InputError: The input cannot be followed.
    """

    total: Final = None

    def __init__(
        self,
        path: str,
        options: InputOptions,
        stopped: Callable[[], bool],
        clock: Clock,
        *,
        waits: bool = True,
    ) -> None:
        self._options: Final = checked_options(path, options)
        self.name: Final = path
        self.unit: Final = unit_of(path, options)
        self.notices: Final[list[str]] = []
        self.places: Final = PassedPlaces(clock.now)
        self.lose: Callable[[int, int], int] = _none_of
        self._path: Final = Path(path)
        self._stopped: Final = stopped
        self._clock: Final = clock
        self._waits: Final = waits
        self._has_ended = False
        self._replay: list[Place] = []
        self._todo: Final[deque[Opening]] = deque()
        self._unread: Final[deque[Path]] = deque()
        self._seen = self._through = self._number = 0
        self._read_bytes = 0
        self._source: GrowingSource | None = None
        self._files: Final = OpenFiles(self._path)
        self._late: Final = LateFiles(self._files, clock)
        self._closing: Final = Lock()
        self._is_closed = False
        self._entries = self._read()

    def begin(self, text: str, seen: int) -> None:
        """Continue where an earlier run ended.

        Args:
            text: The recorded places; empty for the beginning of the file.
            seen: The last entry that may have been sent.

        Raises:
            ValueError: The text holds no places.
        """
        if text:
            self._seen = seen
            self._replay, done = places_from_text(text)
            self.places.begin(text, self._replay, done)

    def skip(self, through: int) -> None:
        """Skip all entries up to a number."""
        self._through = through

    def consumed(self) -> int:
        """Return the bytes that this process has read."""
        return self._read_bytes

    def close(self) -> None:
        """Close the files; a thread that is still reading gets nothing more."""
        with self._closing:
            self._is_closed = True
            if self._source is not None:
                self._source.close()
            self._files.close()

    def __iter__(self) -> Iterator[Entry]:
        return self._entries

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self) -> Generator[Entry, None, None]:
        """Return the entries of one file after the other."""
        for done in self.places.done:
            if path := found_beside(self._path, done):
                self._late.watch(done, self._files.opened(path))
        for place, after in zip_longest(self._replay, self._replay[1:]):
            yield from self._read_again(place, after)
        while not self._is_over():
            if (opening := self._next()) is None:
                self._has_ended = not self._waits
                self.places.save_if_due()
                self._clock.wait(POLL_S)
            else:
                self.places.switch(opening.place)
                yield from self._read_one(opening, None)

    def _is_over(self) -> bool:
        return self._has_ended or self._is_closed or self._stopped()

    def _read_again(self, place: Place, after: Place | None) -> Generator[Entry, None, None]:
        """Return the entries of the parts that an earlier run read, and all entries of the last part."""
        self._number = place.number
        opening = self._files.located(place)
        if opening is None:
            self.notices.append(
                f"{self.name}: the file that was read up to byte {place.offset:,} is gone, and none beside "
                f"it continues it{self._lost(after.number if after else self._seen)}"
            )
            if after is None:
                self._look_for_later(place, int(place.at * 1e9))
            return
        if after is not None:
            opening.is_final = True
        yield from self._read_one(opening, after.number if after else None)
        if after is not None and self._number < after.number and not self._is_over():
            self._lost(after.number)

    def _lost(self, through: int) -> str:
        """Continue after entries that cannot be read again; return how many of them were still needed."""
        count = self.lose(self._number + 1, through) if through > self._number else 0
        self._number = max(self._number, through)
        return f": {count:,} events that were under way are not sent" if count else ""

    def _next(self) -> Opening | None:
        """Return the next file to read; None while there is no such file."""
        self._lost(self._seen)
        if self._todo:
            opening = self._todo.popleft()
            return attrs.evolve(opening, place=attrs.evolve(opening.place, number=self._number))
        path = self._unread.popleft() if self._unread else self._path
        try:
            file = self._files.opened(path)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise InputError(f"{self.name}: {exc.strerror}") from exc
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            self._files.leave(file)
            raise InputError(f"{self.name}: this is not a regular file, and cannot be followed")
        place = Place(self._number, FileIdentity.of(status, b""), at=self._clock.time())
        known = self.places.known(file) if path == self._path else None
        if known is not None:  # it has come back
            place = attrs.evolve(known, number=self._number)
            self._late.forget(status)
        return Opening(place, file, is_final=path != self._path)

    def _read_one(self, opening: Opening, until: int | None) -> Generator[Entry, None, None]:
        """Return the entries of one file after a place, up to a number if one is given."""
        place, file = opening.place, opening.file
        source = GrowingSource(
            self._path,
            file,
            place,
            self._is_over,
            self._clock,
            is_final=opening.is_final,
            waits=self._waits,
        )
        with self._closing:
            self._source = source
        progress = FileProgress(source, place)

        def mark() -> None:
            self._read_bytes = earlier + source.position - place.offset
            if until is None:
                self.places.passed(progress.place())
            self.places.save_if_due()

        earlier, source.on_idle = self._read_bytes, mark
        reader = reader_of(source, place, self._options)
        source.is_interrupted = lambda: until is None and reader.is_between and self._has_late()
        half: Entry | None = None
        for entry in reader.entries:
            if source.cut and entry.reason == CUT_OFF:
                half = entry
                break
            self._number = entry.number
            progress.pass_entry(entry.number, reader)
            if entry.number > self._through:
                yield entry
            if until is not None and entry.number >= until:
                break
            if entry.number % MARK_EVERY == 0:
                mark()
        mark()
        self._has_ended |= until is None and source.over is Over.STOPPED
        if until is None and not self._is_over():
            yield from self._ended(source, progress, half)
        else:
            self._files.leave(file)

    def _ended(
        self, source: GrowingSource, progress: FileProgress, half: Entry | None
    ) -> Iterator[Entry]:
        """Find the file to read next; return a last line that was cut off."""
        place = progress.place()
        if source.over is Over.LATE:
            self._todo.append(Opening(place, progress.file, is_final=False))
            return
        if source.over is Over.READ:
            end = progress.end()
            self.places.finished(end)
            self._late.watch(end, progress.file)
            if not self._todo and not self._unread:
                self._look_for_later(end, source.status.st_mtime_ns)
            return
        self._files.leave(progress.file)
        if copy := found_beside(self._path, place):
            self._todo.append(Opening(place, self._files.opened(copy), is_final=True))
            return
        self._look_for_later(place, int(place.at * 1e9))
        if half is not None:
            self._number = half.number
            yield half

    def _look_for_later(self, place: Place, since_ns: int) -> None:
        """Find the files that were at the path after a given one, and were never read."""
        self._unread.extend(
            later_files(
                self._path, place, since_ns, lambda file: self.places.known(file) is not None
            )
        )

    def _has_late(self) -> bool:
        """Return whether a file was written to after it was renamed and read."""
        self._todo.extend(self._late.grown())
        return bool(self._todo)


def _none_of(_: int, __: int) -> int:
    return 0
