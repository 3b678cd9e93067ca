"""Read the events that a run hands out to one of its processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO, Final

import attrs

from portcall.actions.outcomes import Outcome
from portcall.delivery.idle import IDLE
from portcall.delivery.quick_json import quick_object
from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.event_lines import NOTE, read
from portcall.runs.processes.chunks import CHUNK, END, from_chunk
from portcall.runs.processes.event_places import Places
from portcall.runs.processes.frames import read_frame


class HandedEvents:
    """The events that the run hands out for one delivery.

    Args:
        file: The pipe.
        places: Takes their places in the whole run.
        more: Called when there is room for more.

    Attributes:
        taken: How many events the delivery has taken.
    """

    def __init__(self, file: BinaryIO, places: Places, more: Callable[[], None]) -> None:
        self.taken = 0
        self._file: Final = file
        self._places: Final = places
        self._more: Final = more
        self._bad: Final[dict[int, str]] = {}
        self._is_over = False

    def events(self) -> Iterator[Any]:
        """Return the events as they come; a line that is no event comes as an entry with the reason."""
        while (frame := self._next()) is not None:
            if frame[:1] != CHUNK:
                yield IDLE
                continue
            for line in self._lines(frame):
                self.taken += 1
                event = quick_object(line)
                yield self._read(line) if event is None or NOTE in event else event

    def explained(self, outcomes: Sequence[Outcome]) -> Sequence[Outcome]:
        """Return outcomes; those of lines that are no event get the reason."""
        if not self._bad:
            return outcomes
        return [
            attrs.evolve(each, reason=self._bad.pop(each.index))
            if each.index in self._bad
            else each
            for each in outcomes
        ]

    def drain(self) -> None:
        """Read and drop the events that are left after the delivery has ended."""
        while (frame := self._next()) is not None:
            if frame[:1] == CHUNK:
                self._lines(frame)

    def _next(self) -> bytes | None:
        frame = None if self._is_over else read_frame(self._file)
        if frame is None or frame == END:
            self._is_over = True
            return None
        return frame

    def _read(self, line: bytes) -> Entry | dict[str, Any]:
        """Read a line that the quick path does not handle."""
        entry = read(0, line, 0)
        if entry.event is not None:
            return entry.event
        self._bad[self.taken - 1] = entry.reason
        return entry

    def _lines(self, frame: bytes) -> Sequence[bytes]:
        first, lines = from_chunk(frame)
        self._places.add(first, len(lines))
        self._more()
        return lines
