"""Why a value was not accepted: reasons that name the place, and never hold the value."""

from __future__ import annotations

from typing import NamedTuple

import attrs


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


def refused(phrase: str) -> Refused:
    """Make the answer to a value that must be something else."""
    return Refused((Reason(f"must be {phrase}"),))
