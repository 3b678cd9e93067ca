"""A hint to the known name that was probably meant by one that is not known."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the one of *known* that is most like *name*; empty if none is like it."""
    # Imported late: it is needed on the way to an error alone.
    from difflib import get_close_matches  # noqa: PLC0415

    return next(iter(get_close_matches(name, list(known), n=1)), "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str) -> str:
    """Return ``did you mean 'track'?``, or *otherwise* where no known name is like *name*."""
    near = nearest(name, known)
    return f"did you mean {near!r}?" if near else otherwise
