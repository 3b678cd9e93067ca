"""A condition to one function: paths are taken apart and values sorted by kind beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portcall.actions.fql.predicates import Test, compare, equals, one_of, text_test
from portcall.actions.fql.syntax import (
    And,
    Compare,
    Condition,
    Equals,
    Not,
    OneOf,
    Or,
    require_depth,
)


def compile_condition(condition: Condition) -> Test:
    """Make the function that says whether an event meets a condition.

    Args:
        condition: As ``parse`` makes them, or made by hand.

    Returns:
        A function that never raises for an event of JSON values, and holds for nothing that is no
        object. Its time is linear in the condition and the texts that it looks at.

    Raises:
        SubscriptionError: It is deeper than ``parse`` would read.
    """
    require_depth(condition)
    test = _compile(condition)

    def matches(event: object) -> bool:
        # dict first: it spares the usual event the slow look at an abstract class.
        return isinstance(event, (dict, Mapping)) and test(event)

    return matches


def _compile(condition: Condition) -> Test:
    if isinstance(condition, And):
        return _every([_compile(inner) for inner in condition.conditions])
    if isinstance(condition, Or):
        return _either(condition)
    if isinstance(condition, Not):
        test = _compile(condition.condition)
        return lambda event: not test(event)
    if isinstance(condition, Equals):
        return equals(condition)
    if isinstance(condition, Compare):
        return compare(condition)
    return one_of(condition) if isinstance(condition, OneOf) else text_test(condition)


def _every(tests: list[Test]) -> Test:
    first, second, *more = tests
    if not more:
        return lambda event: first(event) and second(event)

    # A loop and not all(...), whose generator costs as much as the tests.
    def every(event: Mapping[str, Any]) -> bool:
        for test in tests:
            if not test(event):
                break
        else:
            return True
        return False

    return every


def _either(condition: Or) -> Test:
    if values := _alternatives(condition):
        return one_of(values)
    tests = [_compile(inner) for inner in condition.conditions]

    def either(event: Mapping[str, Any]) -> bool:
        for test in tests:
            if test(event):
                break
        else:
            return False
        return True

    return either


def _alternatives(condition: Or) -> OneOf | None:
    """`type = "a" or type = "b"`, the usual chain of or, as the list it means."""
    equal = [one for one in condition.conditions if isinstance(one, Equals) and not one.negated]
    paths = {one.path for one in equal}
    if len(equal) < len(condition.conditions) or len(paths) > 1:
        return None
    return OneOf(equal[0].path, tuple(one.value for one in equal))
