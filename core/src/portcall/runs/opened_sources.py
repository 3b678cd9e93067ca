"""Open the input of a run: from its beginning, or behind what an earlier run has done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from portcall.delivery.idle import Idle
from portcall.delivery.live_events import live_events
from portcall.runs.inputs import Entry, Input, check_input, open_input
from portcall.runs.inputs.following.followed_file import FollowedFile
from portcall.runs.inputs.following.growing_source import Clock
from portcall.runs.journal_file import JournalFile
from portcall.runs.pipe_copies import PipeCopy
from portcall.runs.run_spec import RunSpec
from portcall.runs.same_input import Earlier
from portcall.runs.stop_signal import StopSignal


class OpenedSources:
    """Opens the input of one run.

    Args:
        spec: What is to be run.
        stop: Ends the run, and the reading.

    Attributes:
        copy: Gets what is read of a pipe.
    """

    def __init__(self, spec: RunSpec, stop: StopSignal) -> None:
        self.copy: PipeCopy | None = None
        self._spec: Final = spec
        self._stop: Final = stop

    def look(self) -> None:
        """Check that the input can be read, before anything is sent or written."""
        options, stop = self._spec.options, self._stop
        check_input(self._spec.source, options.reading, stopped=lambda: bool(stop))

    def open_behind(self, journal: JournalFile | None, earlier: Earlier) -> Input | FollowedFile:
        """Return the input, or the file that is followed, behind what was done of it."""
        stop = self._stop
        if journal is None or not self._spec.is_followed:
            return self.open()
        clock = Clock(stop.wait)
        reading = self._spec.options.reading
        followed = FollowedFile(
            self._spec.source,
            reading,
            lambda: bool(stop),
            clock,
            waits=not self._spec.options.until_end,
        )
        followed.begin(journal.place, earlier.through)
        followed.places.needed, followed.places.keep = journal.needed, journal.keep_place
        followed.lose = journal.lose
        return followed

    def open(self) -> Input:
        """Return the input, from its beginning."""
        reading = self._spec.options.reading
        copy = self.copy.write if self.copy else None
        source = open_input(self._spec.source, reading, stopped=lambda: bool(self._stop), copy=copy)
        if self._spec.options.is_spread and not self._spec.options.state:
            source.read_later()
        return source

    def entries(self, source: Input | FollowedFile) -> Iterator[Entry | Idle]:
        """Return the entries that this run is to deliver, with the moments in which none comes."""
        entries = self._spec.claimed(iter(source))
        if not self._spec.is_live:
            return entries
        return live_events(entries, lambda entry: len(entry.raw))
