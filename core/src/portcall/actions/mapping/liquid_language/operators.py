"""Operators as LiquidJS 10 has them, and the values that they work on."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Final

import attrs

from portcall.actions.mapping.liquid_language.javascript import (
    Literal,
    comparable,
    equal,
    is_true,
    plain,
    string,
)
from portcall.actions.mapping.liquid_language.scope import Read
from portcall.actions.mapping.values import MISSING, is_array


@attrs.frozen
class Term:
    """A compiled expression.

    Args:
        read: The closure.
        fixed: Whether the value is the same for every event.
    """

    read: Read
    fixed: bool = False


def constant(value: Any) -> Term:
    """Return a term that has one value."""
    return Term(lambda _: value, fixed=True)


ABSENT: Final = constant(MISSING)
"""Stands where a value is left out."""


def operated(parts: list[Term | str]) -> Term:
    """Return what values with operators between them compile to.

    Args:
        parts: Values and operators as they are written. ``and`` and ``or`` bind alike, to the right; what
            has no operator before it counts for nothing, as in LiquidJS.
    """
    operands: list[Term] = []
    for each in _postfix(parts):
        if isinstance(each, Term):
            operands.append(each)
            continue
        right = operands.pop() if operands else ABSENT
        if each == "not":
            operands.append(_negated(right))
        else:
            operands.append(_joined(each, operands.pop() if operands else ABSENT, right))
    return operands[0]


def _negated(term: Term) -> Term:
    read = term.read
    return Term(lambda scope: not is_true(read(scope)), fixed=term.fixed)


def _joined(sign: str, left: Term, right: Term) -> Term:
    decide, first, second = _OPERATORS[sign], left.read, right.read
    fixed = left.fixed and right.fixed
    return Term(lambda scope: decide(first(scope), second(scope)), fixed=fixed)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def decide(left: Any, right: Any) -> bool:
        if left.__class__ is Literal or right.__class__ is Literal:
            return False
        return compare(*comparable(left, right))

    return decide


def _contains(left: Any, right: Any) -> bool:
    left = plain(left)
    if is_array(left):
        return any(equal(item, right) for item in left)
    return isinstance(left, str) and string(plain(right)) in left


_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    ">": _ordered(operator.gt),
    "<": _ordered(operator.lt),
    ">=": _ordered(operator.ge),
    "<=": _ordered(operator.le),
    "contains": _contains,
    "and": lambda left, right: is_true(left) and is_true(right),
    "or": lambda left, right: is_true(left) or is_true(right),
}
_PRECEDENCE: Final = {**dict.fromkeys(_OPERATORS, 2), "not": 1, "and": 0, "or": 0}


def _postfix(parts: list[Term | str]) -> list[Term | str]:
    """The parts with each operator behind its operands (Dijkstra's shunting yard)."""
    found: list[Term | str] = []
    waiting: list[str] = []
    for each in parts:
        if isinstance(each, Term):
            found.append(each)
            continue
        while waiting and _PRECEDENCE[waiting[-1]] > _PRECEDENCE[each]:
            found.append(waiting.pop())
        waiting.append(each)
    return [*found, *reversed(waiting)]
