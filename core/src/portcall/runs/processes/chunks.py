"""Encode entries of an input for a process: their numbers in the delivery, and the bytes of each."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate, pairwise
from struct import Struct
from typing import Final

BEGIN: Final = b"b"
"""A delivery begins."""
IDLE_NOW: Final = b"i"
"""No entry has come for a moment."""
CHUNK: Final = b"c"
END: Final = b"e"
"""The delivery has no more entries."""

_HEAD: Final = Struct(">cQI")
_SIZE: Final = "I"


def to_chunk(first: int, lines: Sequence[bytes]) -> bytes:
    """Return a frame with entries that follow each other.

    Args:
        first: The place of the first entry in the delivery.
        lines: The bytes of each event; empty for an entry that is no event.
    """
    sizes = array(_SIZE, map(len, lines))
    return b"".join((_HEAD.pack(CHUNK, first, len(lines)), sizes.tobytes(), *lines))


def from_chunk(frame: bytes) -> tuple[int, Sequence[bytes]]:
    """Return the place of the first entry, and the bytes of each."""
    _, first, count = _HEAD.unpack_from(frame)
    sizes = array(_SIZE)
    start = _HEAD.size + count * sizes.itemsize
    sizes.frombytes(frame[_HEAD.size : start])
    ends = list(accumulate(sizes, initial=start))
    return first, [frame[begin:end] for begin, end in pairwise(ends)]
