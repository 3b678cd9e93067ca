"""A subscription as data: what ``parse`` gives, ``unparse`` writes and ``compile_condition`` takes.

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

MAX_DEPTH = 32
"""How many ``and``, ``or`` and ``not`` may be inside one another; everything that recurses relies
on it."""

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
        SubscriptionError: The first key is no field, or a field of text has keys inside.
    """

    keys: tuple[str, ...]

    def __attrs_post_init__(self) -> None:
        field = self.keys[0] if self.keys else ""
        _refuse(f"a path cannot begin with {field!r}", when=field not in FIELDS)
        inside_text = len(self.keys) > 1 and field not in CONTAINERS
        _refuse(f"{field} is text and has nothing inside", when=inside_text)

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
        _refuse(_UNWRITABLE, when=not _is_writable_number(self.bound))


@attrs.frozen
class OneOf:
    """``path in [value, ...]``: equal to at least one, as in `Equals`."""

    path: Path
    values: tuple[Scalar, ...] = attrs.field(eq=_all_typed)

    def __attrs_post_init__(self) -> None:
        _refuse("an empty list holds nothing", when=not self.values)
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
        _refuse("a glob has at least one part", when=not self.parts)
        _refuse("two stars side by side are one", when=not all(self.parts[1:-1]))


@attrs.frozen
class Not:
    """Holds where ``condition`` does not, missing values included."""

    condition: Condition


@attrs.frozen
class And:
    """Holds where all of two or more ``conditions`` do."""

    conditions: tuple[Condition, ...]

    def __attrs_post_init__(self) -> None:
        _refuse("and joins two or more conditions", when=len(self.conditions) < 2)


@attrs.frozen
class Or:
    """Holds where at least one of two or more ``conditions`` does."""

    conditions: tuple[Condition, ...]

    def __attrs_post_init__(self) -> None:
        _refuse("or joins two or more conditions", when=len(self.conditions) < 2)


Condition: TypeAlias = And | Or | Not | Equals | Compare | OneOf | Contains | Match


def is_deeper_than(limit: int, condition: Condition) -> bool:
    """Whether more than ``limit`` of and, or, not are inside one another; never recurses."""
    level: list[Condition] = [condition]
    for _ in range(limit + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def require_depth(condition: Condition) -> None:
    """Refuse a hand-made condition that ``parse`` could not have made.

    Raises:
        SubscriptionError: It is deeper than `MAX_DEPTH`; ``position`` is 0.
    """
    _refuse(f"nested deeper than {MAX_DEPTH} levels", when=is_deeper_than(MAX_DEPTH, condition))


def _inside(condition: Condition) -> tuple[Condition, ...]:
    if isinstance(condition, (And, Or)):
        return condition.conditions
    return (condition.condition,) if isinstance(condition, Not) else ()


def _refuse_incomparable(path: Path, value: Scalar) -> None:
    if isinstance(value, bool):
        _refuse(f"{path.field} is text, not {value}", when=path.field in NAMES)
    elif isinstance(value, (int, float)):
        _refuse(f"{path.field} is text, no number", when=path.field not in CONTAINERS)
        _refuse(_UNWRITABLE, when=not _is_writable_number(value))


def _is_writable_number(value: float) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < _TOO_LARGE
    return math.isfinite(value)


def _refuse(problem: str, *, when: bool) -> None:
    if when:
        raise SubscriptionError(problem, 0)
