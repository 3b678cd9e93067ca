"""Globs: a star is any run of characters, none included; all else is itself, case and all."""

from __future__ import annotations

from collections.abc import Callable


def glob_test(parts: tuple[str, ...]) -> Callable[[str], bool]:
    """Make the function that says whether a whole text fits.

    Args:
        parts: What stands between the stars, at least one; one part means no star.

    Returns:
        A function that takes each part where it first fits and never goes back: a later place
        would leave the next parts less, so stars cost nothing, however many they are.
    """
    if len(parts) == 1:
        whole = parts[0]
        return lambda text: text == whole
    head, *middle, tail = parts
    shortest = sum(map(len, parts))
    if not middle:
        return lambda text: len(text) >= shortest and text.startswith(head) and text.endswith(tail)

    def fits(text: str) -> bool:
        if len(text) < shortest or not (text.startswith(head) and text.endswith(tail)):
            return False
        at, end = len(head), len(text) - len(tail)
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    return fits
