"""Errors that show the place: what was expected, the line with a caret, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from portcall.errors import SubscriptionError

_BEFORE = 50
_AFTER = 30
_LONGEST_WORD = 40


def failure(text: str, position: int, problem: str, advice: str) -> SubscriptionError:
    """Make the error for one place in a subscription, not longer for a longer subscription.

    Args:
        text: The whole subscription, any size.
        position: Offset of the place, at most ``len(text)``.
        problem: What was expected and what is there.
        advice: What to write instead.

    Returns:
        To be raised; its message has four lines.
    """
    before = text[max(0, position - _BEFORE) : position].rsplit("\n", 1)[-1]
    after = text[position : position + _AFTER].split("\n", 1)[0]
    if len(before) == _BEFORE < position:
        before = "…" + before[1:]
    if len(after) == _AFTER < len(text) - position:
        after = after[:-1] + "…"
    line = f"  {printable(before + after)}\n  {' ' * len(before)}^"
    return SubscriptionError(f"{problem}\n{line}\n{advice}", position)


def printable(text: str) -> str:
    """Replace what would move the caret or the terminal: one character for one."""
    return "".join(char if char.isprintable() else " " if char.isspace() else "�" for char in text)


def shorten(text: str) -> str:
    """Cut a word or value so that it can be quoted in a sentence."""
    shown = printable(text[: _LONGEST_WORD + 1])
    return shown if len(shown) <= _LONGEST_WORD else shown[:_LONGEST_WORD] + "…"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Which of the known names was probably meant, whatever its case; None if none is near."""
    names = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word[:_LONGEST_WORD].casefold(), names, n=1, cutoff=0.65)
    return names[near[0]] if near else None
