"""Places in a followed stream: a file, and an offset in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, Final, Self
from zlib import crc32

import attrs

HEAD_BYTES: Final = 1024
TAIL_BYTES: Final = 256
MOST_DONE: Final = 8
"""The most files to remember after they were read to their ends, in case they are written to again."""


@attrs.frozen
class FileIdentity:
    """The identity of a file; an inode alone is not enough, as the system uses it again.

    Args:
        device: Where the inode is.
        inode: Its number.
        head_bytes: The number of its first bytes that are known.
        head_sum: The CRC-32 of those.
    """

    device: int
    inode: int
    head_bytes: int = 0
    head_sum: int = 0

    @classmethod
    def of(cls, status: os.stat_result, head: bytes | bytearray) -> Self:
        """Return the identity of a file, given its first bytes."""
        known = bytes(head[:HEAD_BYTES])
        return cls(status.st_dev, status.st_ino, len(known), crc32(known))

    def is_at(self, status: os.stat_result) -> bool:
        """Return whether the inode is the same."""
        return (self.device, self.inode) == (status.st_dev, status.st_ino)

    def begins(self, file: BinaryIO) -> bool:
        """Return whether a file begins with the same bytes."""
        head = read_at(file, self.head_bytes, 0)
        return len(head) == self.head_bytes and crc32(head) == self.head_sum


@attrs.frozen
class Place:
    """A place in the stream of entries.

    Args:
        number: The entry before it; 0 at the beginning.
        file: The identity of its file.
        offset: The bytes before it there.
        tail_sum: The CRC-32 of the last `TAIL_BYTES` of these, or fewer.
        header: For CSV, the number of bytes up to the end of the header.
        at: The time at which the place was reached: seconds since the epoch.
    """

    number: int
    file: FileIdentity
    offset: int = 0
    tail_sum: int = 0
    header: int = 0
    at: float = 0.0

    def is_in(self, file: BinaryIO) -> bool:
        """Return whether an open file still has the bytes that were read up to this place."""
        if os.fstat(file.fileno()).st_size < self.offset or not self.file.begins(file):
            return False
        return tail_sum(file, self.offset) == self.tail_sum


def read_at(file: BinaryIO, size: int, offset: int) -> bytes:
    """Read bytes of an unbuffered file; fewer at its end."""
    file.seek(offset)
    found = b""
    while len(found) < size and (more := file.read(size - len(found))):
        found += more
    return found


def tail_sum(file: BinaryIO, offset: int) -> int:
    """Return the CRC-32 of the last bytes before an offset."""
    size = min(TAIL_BYTES, offset)
    return crc32(read_at(file, size, offset - size))


def places_to_text(places: Iterable[Place], done: Iterable[Place]) -> str:
    """Return places as one line of JSON; `places_from_text` is the inverse.

    Args:
        places: The place of the first entry that is still needed, and each change of files.
        done: The ends of files that were read.
    """
    said = {"places": list(map(_values, places)), "done": list(map(_values, done))}
    return json.dumps(said, separators=(",", ":"))


def places_from_text(text: str) -> tuple[list[Place], list[Place]]:
    """Return the places, and the ends of files that were read.

    Raises:
        ValueError: The text is not from `places_to_text`.
    """
    try:
        said = json.loads(text)
        return list(map(_place, said["places"])), list(map(_place, said["done"]))
    except (KeyError, TypeError, IndexError) as exc:
        raise ValueError(text) from exc


def _values(place: Place) -> Sequence[Any]:
    return [*attrs.astuple(place.file), *attrs.astuple(place, recurse=False)[2:], place.number]


def _place(values: Sequence[Any]) -> Place:
    *rest, number = values
    return Place(int(number), FileIdentity(*map(int, rest[:4])), *rest[4:])
