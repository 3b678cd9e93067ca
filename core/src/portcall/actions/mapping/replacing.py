"""``@replace``: literal text for literal text, in linear time."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_INSERT: Final = re.compile(r"\$[$&]")


def replacer(
    pattern: str, replacement: str, *, everywhere: bool, ignore_case: bool
) -> Callable[[str], str]:
    """A function that replaces one text by another.

    Args:
        pattern: What to look for, character by character; not empty.
        replacement: What to put there; ``$&`` is the text found, ``$$`` a dollar sign.
        everywhere: All places, not only the first.
        ignore_case: Letters match in either case.
    """
    limit = -1 if everywhere else 1
    if ignore_case:
        return lambda value: _replace_folded(value, pattern, replacement, limit)
    insert = _fill(replacement, pattern)
    return lambda value: value.replace(pattern, insert, limit)


def _replace_folded(value: str, pattern: str, replacement: str, limit: int) -> str:
    folded, wanted = fold(value), fold(pattern)
    parts: list[str] = []
    done = 0
    while limit and (start := folded.find(wanted, done)) >= 0:
        end = start + len(wanted)
        parts += (value[done:start], _fill(replacement, value[start:end]))
        done, limit = end, limit - 1
    return "".join([*parts, value[done:]])


def _fill(replacement: str, found: str) -> str:
    if "$" not in replacement:
        return replacement
    return _INSERT.sub(lambda match: "$" if match[0] == "$$" else found, replacement)


def fold(value: str) -> str:
    """A text of the same length in which letters that differ by case are equal.

    Source: ECMA-262 §22.2.2.7.3 (Canonicalize, without the u flag).
    """
    return value.upper() if value.isascii() else "".join(map(_fold_letter, value))


def _fold_letter(letter: str) -> str:
    upper = letter.upper()
    if len(upper) > 1 or letter > "\uffff" or (upper.isascii() and not letter.isascii()):
        return letter
    return upper
