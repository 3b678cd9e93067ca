"""What a subscription asks of one value: a path, and what the value there is compared with.

Every node that can be made can be written down, and reads back as itself.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import attrs

from portcall.errors import SubscriptionError

CONTAINERS = frozenset({"properties", "traits", "context"})
"""Fields that hold an object; a path goes on into them."""

NAMES = frozenset({"type", "event", "name"})
"""Fields that hold a name: ``event = true`` asks for the event called "true"."""

IDS = frozenset({"userId", "anonymousId", "messageId"})
"""Fields that hold an identifier: ``userId = 42`` asks for the text "42"."""

FIELDS = NAMES | IDS | CONTAINERS
"""Everything a path may begin with."""

_TOO_LARGE = 10**99
_UNWRITABLE = "a number is finite and has less than 100 digits"

Scalar: TypeAlias = str | int | float | bool | None
Order: TypeAlias = Literal["<", "<=", ">", ">="]


def _typed(value: Scalar) -> tuple[type, Scalar]:
    # In Python 1 == 1.0 == True; three different things in a subscription.
    return type(value), value


def _all_typed(values: tuple[Scalar, ...]) -> tuple[tuple[type, Scalar], ...]:
    return tuple(map(_typed, values))


@attrs.frozen
class Path:
    """Where in an event a value is.

    Args:
        keys: The field, then keys inside it; ``"0"`` is also the first item of a list.

    Raises:
        SubscriptionError: The first key is not a field, or a field of text has keys inside.
    """

    keys: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        field = self.keys[0] if self.keys else ""
        refuse(f"a path cannot begin with {field!r}", when=field not in FIELDS)
        inside_text = len(self.keys) > 1 and field not in CONTAINERS
        refuse(f"{field} is text and has nothing inside", when=inside_text)

    @property
    def field(self) -> str:
        """The field the path begins with, one of `FIELDS`."""
        return self.keys[0]


@attrs.frozen
class Equals:
    """``path = value`` and ``path != value``.

    Args:
        path: Where the value is.
        value: Text, number and boolean equal only their own kind; None is null or missing.
        negated: ``!=``. A number then asks for another number; all else for anything else.
    """

    path: Path
    value: Scalar = attrs.field(eq=_typed)
    negated: bool = False

    def __attrs_post_init__(self) -> None:
        _refuse_incomparable(self.path, self.value)


@attrs.frozen
class Compare:
    """``path < bound`` and its kin: only a number is below or above a number.

    Args:
        path: Where the value is.
        operator: ``<``, ``<=``, ``>`` or ``>=``.
        bound: A finite number.
    """

    path: Path
    operator: Order
    bound: int | float = attrs.field(eq=_typed)

    def __attrs_post_init__(self) -> None:
        refuse(_UNWRITABLE, when=not _is_writable_number(self.bound))


@attrs.frozen
class OneOf:
    """``path in [value, ...]``: equal to at least one, as in `Equals`."""

    path: Path
    values: tuple[Scalar, ...] = attrs.field(eq=_all_typed)

    def __attrs_post_init__(self) -> None:
        refuse("an empty list holds nothing", when=not self.values)
        for value in self.values:
            _refuse_incomparable(self.path, value)


@attrs.frozen
class Contains:
    """``contains(path, text)``; either way it holds for text only, as at Segment."""

    path: Path
    text: str
    negated: bool = False


@attrs.frozen
class Match:
    """``match(path, glob)``; either way it holds for text only, as at Segment.

    Args:
        path: Where the value is.
        parts: What stands between the stars: ``("Order ", "")`` is ``Order *``.
        negated: ``!match``: text that the glob does not fit.
    """

    path: Path
    parts: tuple[str, ...]
    negated: bool = False

    def __attrs_post_init__(self) -> None:
        refuse("a glob has at least one part", when=not self.parts)
        refuse("two stars side by side are one", when=not all(self.parts[1:-1]))


def _refuse_incomparable(path: Path, value: Scalar) -> None:
    if isinstance(value, bool):
        refuse(f"{path.field} is text, not {value}", when=path.field in NAMES)
    elif isinstance(value, (int, float)):
        refuse(f"{path.field} is text, no number", when=path.field not in CONTAINERS)
        refuse(_UNWRITABLE, when=not _is_writable_number(value))


def _is_writable_number(value: float) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _TOO_LARGE
    return math.isfinite(value)


def refuse(problem: str, *, when: bool) -> None:
    """Raise a problem of a node that was made by hand, where there is one."""
    if when:
        raise SubscriptionError(problem, 0)
