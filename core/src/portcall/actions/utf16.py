"""Texts as JavaScript measures them: in UTF-16 code units, of which an emoji takes two (ECMA-262 §6.1.4).

Segment's filters and mappings count so; a limit that was written for them means the same here.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate


def length(text: str) -> int:
    """Return how many code units a text has; half an emoji, which has no place in UTF-8, is one."""
    return len(text) if text.isascii() else len(_units(text)) // 2


def character_at(text: str, index: int) -> str | None:
    """Return the character that begins at a place, counted in code units.

    Returns:
        The whole character, where JavaScript has the first half of an emoji; None for its second half, and
        for a place that the text does not have.
    """
    if text.isascii():
        return text[index] if 0 <= index < len(text) else None
    units = _units(text)
    if not 0 <= 2 * index < len(units):
        return None
    # The place before it as well: the second half of an emoji is known by the first.
    around = units[max(0, 2 * index - 2) : 2 * index + 4].decode("utf-16-le", "surrogatepass")
    if index > 0:
        first, around = around[0], around[1:]
        if first > "\uffff":
            return None
    return around[0]


def starting_in(text: str, start: int, stop: int) -> str:
    """Return the characters that begin in a range of places; both ends count from the end if below 0."""
    if text.isascii():
        return text[start:stop]
    places = [0, *accumulate([1 + (character > "\uffff") for character in text])]
    start, stop = (max(0, place + places[-1] if place < 0 else place) for place in (start, stop))
    return text[bisect_left(places, start) : bisect_left(places, stop)]


def fitting(text: str, most: int) -> str:
    """Return the start of a text in at most *most* code units; a character that would be cut is left out."""
    kept = starting_in(text, 0, most)
    return kept if length(kept) <= most else kept[:-1]


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
