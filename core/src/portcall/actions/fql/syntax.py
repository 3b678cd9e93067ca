"""A subscription as data: what ``parse`` returns, ``unparse`` writes and ``compile_condition`` takes.

The tests of single values are in `comparisons`; here is what joins them, of any depth.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self, TypeAlias, TypeVar, cast

import attrs

from portcall.actions.fql.comparisons import Compare, Contains, Equals, Match, OneOf, refuse

MAX_DEPTH = 1_000
"""How many ``and``, ``or`` and ``not`` may be inside one another.

That is more than Python's own recursion limit has room for, so nothing that walks a condition recurses.
"""


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
        refuse("and joins two or more conditions", when=len(self.conditions) < 2)


@attrs.frozen(eq=False, repr=False)
class Or(_Nested):
    """Holds where at least one of two or more ``conditions`` does."""

    conditions: tuple[Condition, ...]

    def __attrs_post_init__(self) -> None:
        refuse("or joins two or more conditions", when=len(self.conditions) < 2)


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
    refuse(f"nested deeper than {MAX_DEPTH:,} levels", when=depth(condition) > MAX_DEPTH)


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
