"""The open files of a followed stream, and the file that has a given place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO, Final

import attrs

from portcall.runs.inputs.following.rotated_files import found_beside, opened
from portcall.runs.inputs.following.stream_places import Place


@attrs.define(eq=False)
class Opening:
    """A file to be read from a place on; with ``is_final``, up to its present end."""

    place: Place
    file: BinaryIO
    is_final: bool


class OpenFiles:
    """The open files of one stream.

    Args:
        path: Of the file that is followed.
    """

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        self._files: Final[set[BinaryIO]] = set()

    def opened(self, path: Path) -> BinaryIO:
        """Open a file.

        Raises:
            OSError: It cannot be opened.
        """
        file = opened(path)
        self._files.add(file)
        return file

    def leave(self, file: BinaryIO) -> None:
        """Close a file."""
        self._files.discard(file)
        file.close()

    def close(self) -> None:
        """Close all of them."""
        for file in list(self._files):
            self.leave(file)

    def located(self, place: Place) -> Opening | None:
        """Return the file that has a place, under its present name."""
        for path in filter(None, (self._path, found_beside(self._path, place))):
            try:
                file = self.opened(path)
            except OSError:
                continue
            is_same = path != self._path or place.file.is_at(os.fstat(file.fileno()))
            if is_same and place.is_in(file):
                return Opening(place, file, is_final=path != self._path)
            self.leave(file)
        return None
