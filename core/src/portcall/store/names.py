"""What a connection may be called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from portcall.store.errors import ConnectionNameError, UnknownConnectionError

LONGEST_NAME: Final = 64
_NAME: Final = re.compile(r"[a-z0-9]+([-_.][a-z0-9]+)*")
_SHOWN: Final = 60


def is_name(name: str) -> bool:
    """Return whether a connection may be called *name*: every slug may, no path and no option may."""
    return len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Refuse a *name* that no connection may have.

    Raises:
        ConnectionNameError: Says what a name looks like, and a near one that would do.
    """
    if not is_name(name):
        raise ConnectionNameError(
            f"{name[:_SHOWN]!r} cannot be a connection's name: it is lower-case letters and digits "
            f"with single '-', '_' or '.' between them, {LONGEST_NAME} at most, such as "
            f"{_near(name)!r}"
        )


def unknown(name: str, known: Iterable[str]) -> UnknownConnectionError:
    """Make the error for a *name* that none of *known* is."""
    near = get_close_matches(name[:LONGEST_NAME], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "see them with: portcall connections"
    return UnknownConnectionError(f"there is no connection {name[:_SHOWN]!r}; {hint}")


def _near(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name[:LONGEST_NAME].lower())
    return "-".join(words) or "acme-eu"
