"""A subscription as data: what ``parse`` gives, ``unparse`` writes and ``compile_condition`` takes.

Every node that can be made can be written down, and reads back as itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, Self, TypeAlias, TypeVar, cast

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

MAX_DEPTH = 1_000
"""How many ``and``, ``or`` and ``not`` may be inside one another.

That is more than Python's own recursion limit has room for, so nothing that walks a condition recurses.
"""

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


class _Nested:
    """What conditions that hold others have in common: nothing here recurses, however deep they are."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Nested):
            return NotImplemented
        return _flat(_whole(self)) == _flat(_whole(other))

    def __hash__(self) -> int:
        return hash(tuple(_flat(_whole(self))))

    def __repr__(self) -> str:
        return fold(_whole(self), repr, _repr)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object]]:
        return _from_flat, (_flat(_whole(self)),)


@attrs.frozen(eq=False, repr=False)
class Not(_Nested):
    """Holds where ``condition`` does not, missing values included."""

    condition: Condition


@attrs.frozen(eq=False, repr=False)
class And(_Nested):
    """Holds where all of two or more ``conditions`` do."""

    conditions: tuple[Condition, ...]

    def __attrs_post_init__(self) -> None:
        _refuse("and joins two or more conditions", when=len(self.conditions) < 2)


@attrs.frozen(eq=False, repr=False)
class Or(_Nested):
    """Holds where at least one of two or more ``conditions`` does."""

    conditions: tuple[Condition, ...]

    def __attrs_post_init__(self) -> None:
        _refuse("or joins two or more conditions", when=len(self.conditions) < 2)


Leaf: TypeAlias = Equals | Compare | OneOf | Contains | Match
Condition: TypeAlias = And | Or | Not | Leaf


_Made = TypeVar("_Made")


def fold(
    condition: Condition,
    leaf: Callable[[Leaf], _Made],
    join: Callable[[And | Or | Not, list[_Made]], _Made],
) -> _Made:
    """Make one thing of a whole condition, from the innermost tests outwards; never recurses.

    Args:
        condition: Of any depth.
        leaf: Makes the thing of a condition that holds no others.
        join: Makes it of one that does, out of what was made of each of those, in their order.
    """
    made: list[_Made] = []
    for node in _innermost_first(condition):
        if isinstance(node, And | Or | Not):
            count = len(inside(node))
            made[-count:] = [join(node, made[-count:])]
        else:
            made.append(leaf(node))
    return made[0]


def inside(condition: Condition) -> tuple[Condition, ...]:
    """Return the conditions that a condition holds; none for a test of a value."""
    if isinstance(condition, And | Or):
        return condition.conditions
    return (condition.condition,) if isinstance(condition, Not) else ()


def depth(condition: Condition) -> int:
    """Return how many of and, or, not are inside one another."""
    return fold(condition, lambda _: 0, lambda _, depths: max(depths) + 1)


def require_depth(condition: Condition) -> None:
    """Refuse a hand-made condition that ``parse`` could not have made.

    Raises:
        SubscriptionError: It is deeper than `MAX_DEPTH`; ``position`` is 0.
    """
    _refuse(f"nested deeper than {MAX_DEPTH:,} levels", when=depth(condition) > MAX_DEPTH)


def _whole(nested: _Nested) -> Condition:
    return cast(Condition, nested)  # there are no subclasses but these three


def _innermost_first(condition: Condition) -> list[Condition]:
    """Return every condition of a tree, each behind all that it holds."""
    found, waiting = [], [condition]
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(inside(node))
    return found[::-1]


def _flat(condition: Condition) -> list[object]:
    """Write a tree as a list: tests as they are, behind them what joins how many of them."""
    nodes = _innermost_first(condition)
    return [(type(each), len(inside(each))) if inside(each) else each for each in nodes]


def _from_flat(flat: list[Any]) -> Condition:
    made: list[Condition] = []
    for each in flat:
        if not isinstance(each, tuple):
            made.append(each)
            continue
        kind, count = each
        held = tuple(made[-count:])
        made[-count:] = [Not(*held) if kind is Not else kind(held)]
    return made[0]


def _repr(node: And | Or | Not, held: list[str]) -> str:
    name = type(node).__name__
    return f"{name}({held[0]})" if isinstance(node, Not) else f"{name}(({', '.join(held)}))"


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
