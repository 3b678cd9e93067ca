"""Names that people type: found in other spellings, and with a hint where there is none of that name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Final

_LONGEST_NAME: Final = 60
_JOINTS: Final = dict.fromkeys(map(ord, "_- "))


def shortened(name: str) -> str:
    """Quote a name, not longer than a line."""
    return repr(name[:_LONGEST_NAME])


def near(name: str, known: Sequence[str]) -> str:
    """Return which of the known names was meant, or which there are."""
    folded = {fold(each): each for each in known}
    found = get_close_matches(fold(name[:_LONGEST_NAME]), folded, n=1)
    if found:
        return f"did you mean {folded[found[0]]!r}?"
    return f"there are {', '.join(known)}" if known else "there are none"


def fold(name: str) -> str:
    """Return a name as it is compared: ``trackEvent``, ``track_event`` and ``Track event`` are one."""
    return name.casefold().translate(_JOINTS)


def match(name: str, known: Iterable[str]) -> str | None:
    """Find a name as it is, else the only one that differs in case, ``_``, ``-`` and blanks."""
    names = tuple(known)
    if name in names:
        return name
    alike = [each for each in names if fold(each) == fold(name)]
    return alike[0] if len(alike) == 1 else None
