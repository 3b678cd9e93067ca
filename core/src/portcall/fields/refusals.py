"""Why a value was not accepted: reasons that name the place, and never hold the value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from typing import Final, NamedTuple

import attrs

from portcall.secret import Secret


class Reason(NamedTuple):
    """Why a value was refused.

    Args:
        rest: What follows the label: "must be a whole number such as `7`".
        path: Where below the field, as a dotted path; empty for the field itself.
        label: The label of that place; one that starts with a comma goes on from the field's own.
    """

    rest: str
    path: str = ""
    label: str = ""


@attrs.frozen(eq=False)
class Refused:
    """A value was not accepted, for these reasons."""

    reasons: tuple[Reason, ...]


def joined(step: str, path: str) -> str:
    """Put one step before a dotted path."""
    return f"{step}.{path}" if path else step


def shown(key: object) -> str:
    """Write a key into an error: short, on one line, and of text only."""
    if not isinstance(key, str):
        return f"a key of type {type(key).__name__}"
    return (key if key.isprintable() else repr(key[:60]))[:60]


_UNSAID: Final = object()


def refused(phrase: str, value: object = _UNSAID) -> Refused:
    """Make the answer to a value that must be something else.

    Args:
        phrase: What it must be, to follow "must be".
        value: What came, to be named by its kind; left out where the phrase says enough.
    """
    came = "" if value is _UNSAID else f", not {kind_of(value)}"
    return Refused((Reason(f"must be {phrase}{came}"),))


def kind_of(value: object) -> str:
    """Return what JSON calls a value, with its article, and nothing of the value itself."""
    if isinstance(value, float) and not isfinite(value):
        return "NaN or infinity"
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return f"a value of type {type(value).__name__}"


_KINDS: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (type(None), "null"),
    (bool, "a boolean"),
    ((int, float), "a number"),
    (str, "other text"),
    (Secret, "a secret"),
    (Mapping, "an object"),
    ((list, tuple), "a list"),
    (datetime, "a time"),
    (date, "a date"),
)
