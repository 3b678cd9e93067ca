"""Texts as JavaScript measures them: in UTF-16 code units, of which an emoji takes two (ECMA-262 §6.1.4).

Segment's filters and mappings count so; a limit that was written for them means the same here.
"""

from __future__ import annotations


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


def _units(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")
