"""Find rotated files of a followed file in its folder, by inode and content, or by name and age."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from portcall.runs.inputs.following.stream_places import Place

MOST_FILES: Final = 10_000
"""The most files of the folder that are examined."""

CLOCK_S: Final = 2.0
"""By how much file times may lag, as some file systems count in steps of two seconds."""

_ROTATED: Final = re.compile(r"[._~-]?(\d[\dTZ:_.+-]*|old|bak|prev|previous)", re.IGNORECASE)
_PACKED: Final = re.compile(r"\.(gz|zst|bz2|xz|zip|lz4)$", re.IGNORECASE)

Beside: TypeAlias = tuple[Path, os.stat_result]


def found_beside(path: Path, place: Place) -> Path | None:
    """Return the path of the rotated file that has a place; None if no file has it.

    A renamed file has the same inode. A copy has the same content up to the place, and its last
    write is not older than the place.

    Args:
        path: The path that is followed.
        place: Where reading stopped.
    """
    beside = list(_entries(path))
    rotated = [each for each in beside if is_rotated_name(each[0].name, path.name)]
    named = beside if place.offset else rotated  # the inode may belong to another file by now
    by_inode = [each for each in named if place.file.is_at(each[1])]
    copies = [each for each in rotated if _is_young(each[1], place.at) and place.offset]
    copies.sort(key=lambda each: each[1].st_mtime_ns, reverse=True)
    for candidate, _ in [*by_inode, *copies]:
        if _is(candidate, place.is_in):
            return candidate
    return None


def later_files(
    path: Path, place: Place, since_ns: int, done: Callable[[BinaryIO], bool]
) -> list[Path]:
    """Return the files that followed another one at a path and were rotated unread, the oldest first.

    Args:
        path: The path that is followed.
        place: The end of the file that was read before; copies of that file are left out.
        since_ns: The last write to that file, or the time of the last read.
        done: Returns whether an open file was read to its end before.
    """
    later = [
        (status.st_mtime_ns, candidate)
        for candidate, status in _entries(path)
        if is_rotated_name(candidate.name, path.name)
        and status.st_mtime_ns >= since_ns
        and not place.file.is_at(status)
        and status.st_size
    ]

    def is_unread(file: BinaryIO) -> bool:
        is_copy = place.offset > place.header and place.file.begins(file)
        return not is_copy and not done(file)

    return [candidate for _, candidate in sorted(later) if _is(candidate, is_unread)]


def packed_beside(path: Path, since: float) -> list[str]:
    """Return the names of files that were compressed since a time; their contents are not followed."""
    return [
        candidate.name
        for candidate, status in _entries(path)
        if _PACKED.search(candidate.name)
        and is_rotated_name(_PACKED.sub("", candidate.name), path.name)
        and _is_young(status, since)
    ]


def is_rotated_name(name: str, current: str) -> bool:
    """Return whether a rotation makes such a name: ``app.log.1``, ``app.log-20240501``, ``app-1.log``."""
    if name.startswith(current):
        return bool(_ROTATED.fullmatch(name, len(current)))
    stem, suffix = Path(current).stem, Path(current).suffix
    middle = name.removeprefix(stem).removesuffix(suffix)
    return f"{stem}{middle}{suffix}" == name and bool(_ROTATED.fullmatch(middle))


def opened(path: Path) -> BinaryIO:
    """Open a file without a buffer; it may be renamed and removed meanwhile.

    Raises:
        OSError: It cannot be opened.
    """
    return path.open("rb", buffering=0)


def _entries(path: Path) -> Iterator[Beside]:
    with suppress(OSError), os.scandir(path.parent) as entries:
        for seen, entry in enumerate(entries):
            if seen == MOST_FILES:
                return
            if entry.name.startswith(path.stem) and entry.name != path.name:
                with suppress(OSError):
                    status = Path(entry.path).stat()
                    if stat.S_ISREG(status.st_mode):
                        yield Path(entry.path), status


def _is_young(status: os.stat_result, since: float) -> bool:
    return status.st_mtime >= since - CLOCK_S


def _is(path: Path, test: Callable[[BinaryIO], bool]) -> bool:
    try:
        with opened(path) as file:
            return test(file)
    except OSError:
        return False
