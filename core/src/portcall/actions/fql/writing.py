"""A condition as an expression of Python, for a function that is generated around it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from portcall.actions.fql.comparisons import Equals
from portcall.actions.fql.compiler import compile_condition, compile_leaf
from portcall.actions.fql.syntax import And, Condition, Leaf, Not, Or, depth, fold

_MOST_DEPTH: Final = 16


def written_condition(condition: Condition, name: Callable[[object], str]) -> str:
    """Return an expression that is true where the variable ``event``, a dict, meets a condition.

    Args:
        condition: As ``parse`` makes them.
        name: Returns the name under which the function finds a value.
    """
    if depth(condition) > _MOST_DEPTH:
        return f"{name(compile_condition(condition))}(event)"

    def leaf(each: Leaf) -> str:
        if isinstance(each, Equals) and isinstance(each.value, str) and len(each.path.keys) == 1:
            sign = "!=" if each.negated else "=="
            return f"(event.get({name(each.path.field)}) {sign} {name(each.value)})"
        return f"{name(compile_leaf(each))}(event)"

    return fold(condition, leaf, _joined)


def _joined(condition: And | Or | Not, written: list[str]) -> str:
    if isinstance(condition, Not):
        return f"(not {written[0]})"
    return f"({(' and ' if isinstance(condition, And) else ' or ').join(written)})"
