"""The places of a stream that were passed; those that a restart needs are recorded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from threading import Lock
from typing import BinaryIO, Final

import attrs

from portcall.runs.inputs.following.stream_places import MOST_DONE, Place, places_to_text

SAVE_S: Final = 1.0
"""Seconds between two records of the places, at least, while entries get their outcomes."""

MARK_EVERY: Final = 256
MOST_MARKS: Final = 4096


@attrs.frozen
class _Mark:
    place: Place
    is_switch: bool


class PassedPlaces:
    """The places that were passed since the recorded one.

    The numbers of entries stay the same after a restart, as each change of files is recorded before an
    entry of the next file is returned.

    Args:
        now: Seconds that only go forward.

    Attributes:
        needed: Returns the number of the first entry without an outcome.
        keep: Called with the places as text; stores them durably before it returns.
        done: The ends of files that were read.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self.needed: Callable[[], int] = _first
        self.keep: Callable[[str], None] = _nowhere
        self.done: Final[deque[Place]] = deque(maxlen=MOST_DONE)
        self._marks: Final[deque[_Mark]] = deque()
        self._now: Final = now
        self._saved_at = now()
        self._kept = ""
        self._lock: Final = Lock()

    def begin(self, text: str, places: Iterable[Place], done: Iterable[Place]) -> None:
        """Take over the places that an earlier run recorded."""
        self._kept = text
        self.done.extend(done)
        self._marks.extend(_Mark(place, is_switch=True) for place in places)

    def switch(self, place: Place) -> None:
        """Record that another file follows from here on."""
        with self._lock:
            self._marks.append(_Mark(place, is_switch=True))
        self.save()

    def passed(self, place: Place) -> None:
        """Note a place in the file that is being read."""
        with self._lock:
            if not self._marks or self._marks[-1].place.number < place.number:
                self._marks.append(_Mark(place, is_switch=False))
            if len(self._marks) > MOST_MARKS:
                self._thin_out()

    def finished(self, end: Place) -> None:
        """Note the end of a file that was read."""
        with self._lock:
            same = [each for each in self.done if _is_same(each, end)]
            for each in same:
                self.done.remove(each)
            self.done.append(end)

    def known(self, file: BinaryIO) -> Place | None:
        """Return the place up to which an open file was read before; None for a file that was not read."""
        return next(
            (place for place in reversed(self.done) if place.offset and place.is_in(file)), None
        )

    def save(self) -> None:
        """Record the place of the first entry without an outcome, if it has changed."""
        with self._lock:
            self._saved_at = self._now()
            needed = self.needed()
            while len(self._marks) > 1 and self._marks[1].place.number < needed:
                self._marks.popleft()
            if not self._marks:
                return
            base, *later = self._marks
            switches = (mark.place for mark in later if mark.is_switch)
            text = places_to_text([base.place, *switches], self.done)
            if text != self._kept:
                self.keep(text)
                self._kept = text

    def save_if_due(self) -> None:
        """Do the same as `save`, unless that was done a moment ago."""
        if self._now() - self._saved_at >= SAVE_S:
            self.save()

    def _thin_out(self) -> None:
        """Forget every second place, except those at which another file follows."""
        kept = [mark for number, mark in enumerate(self._marks) if mark.is_switch or not number % 2]
        self._marks.clear()
        self._marks.extend(kept)


def _is_same(one: Place, other: Place) -> bool:
    return (one.file.device, one.file.inode) == (other.file.device, other.file.inode)


def _first() -> int:
    return 1


def _nowhere(_: str) -> None:
    """Keep nothing, as there is no journal."""
