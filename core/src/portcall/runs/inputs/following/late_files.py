"""Files that were renamed and read to their ends, and may still be written to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO, Final

import attrs

from portcall.runs.inputs.following.growing_source import Clock
from portcall.runs.inputs.following.open_files import OpenFiles, Opening
from portcall.runs.inputs.following.stream_places import Place

LATE_S: Final = 60.0
"""How long to watch a file that was renamed and read to its end."""


@attrs.define(eq=False)
class _Finished:
    """A file that was read up to a place, and may still be written to."""

    place: Place
    file: BinaryIO
    until: float


class LateFiles:
    """The files of one stream that are watched for late lines.

    Args:
        files: Closes them.
        clock: Measures how long each file is watched.
    """

    def __init__(self, files: OpenFiles, clock: Clock) -> None:
        self._files: Final = files
        self._clock: Final = clock
        self._finished: Final[list[_Finished]] = []

    def watch(self, end: Place, file: BinaryIO) -> None:
        """Watch a file that was read up to a place."""
        self._finished.append(_Finished(end, file, self._clock.now() + LATE_S))

    def forget(self, status: os.stat_result) -> None:
        """Close a file that has come back under the path that is followed."""
        for each in [each for each in self._finished if each.place.file.is_at(status)]:
            self._finished.remove(each)
            self._files.leave(each.file)

    def grown(self) -> Iterator[Opening]:
        """Return the files that were written to; close those that were watched long enough."""
        now = self._clock.now()
        for each in list(self._finished):
            if os.fstat(each.file.fileno()).st_size > each.place.offset:
                yield Opening(each.place, each.file, is_final=True)
            elif now < each.until:
                continue
            else:
                self._files.leave(each.file)
            self._finished.remove(each)
