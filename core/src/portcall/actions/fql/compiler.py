"""A condition to one function: paths are taken apart and values sorted by kind beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeGuard

from portcall.actions.fql.comparisons import Compare, Equals, OneOf
from portcall.actions.fql.predicates import Test, compare, equals, one_of, text_test
from portcall.actions.fql.syntax import And, Condition, Leaf, Not, Or, depth, fold, require_depth

_MOST_CALLS: Final = 32
"""Up to this depth a condition is compiled to functions that call each other, which is faster."""

_HOLDS: Final = -1
_FAILS: Final = -2
_NEXT: Final = -3


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
        return (event.__class__ is dict or isinstance(event, Mapping)) and test(event)

    return matches


def _compile(condition: Condition) -> Test:
    if depth(condition) > _MOST_CALLS:
        return _program(condition)
    return fold(condition, compile_leaf, _joined)


def compile_leaf(condition: Leaf) -> Test:
    """Make the function that says whether a JSON object meets a condition that holds no others."""
    if isinstance(condition, Equals):
        return equals(condition)
    if isinstance(condition, Compare):
        return compare(condition)
    return one_of(condition) if isinstance(condition, OneOf) else text_test(condition)


def _joined(condition: And | Or | Not, tests: list[Test]) -> Test:
    if isinstance(condition, And):
        return _two_names(condition) or _every(tests)
    if isinstance(condition, Or):
        return _either(condition, tests)
    only = tests[0]
    return lambda event: not only(event)


def _program(condition: Condition) -> Test:
    """Compile to tests in a row, each with where to go on after yes and after no: no call in a call."""
    steps: list[tuple[Test, int, int]] = []
    waiting: list[tuple[Condition, int, int]] = [(condition, _HOLDS, _FAILS)]
    while waiting:
        node, yes, no = waiting.pop()
        # What follows a condition has been written before it: the row is made from its end.
        latest = len(steps) - 1
        yes, no = latest if yes == _NEXT else yes, latest if no == _NEXT else no
        if isinstance(node, Not):
            waiting.append((node.condition, no, yes))
        elif isinstance(node, And | Or):
            early = (_NEXT, no) if isinstance(node, And) else (yes, _NEXT)
            *others, last = node.conditions
            waiting += [*((each, *early) for each in others), (last, yes, no)]
        else:
            steps.append((compile_leaf(node), yes, no))

    def run(event: Mapping[str, Any]) -> bool:
        at = len(steps) - 1
        while at >= 0:
            test, yes, no = steps[at]
            at = yes if test(event) else no
        return at == _HOLDS

    return run


def _two_names(condition: And) -> Test | None:
    """`type = "track" and event = "a"`, which most subscriptions are, as one function."""
    if len(condition.conditions) != 2:
        return None
    one, other = condition.conditions
    if not (_is_name(one) and _is_name(other)):
        return None
    field, value, field2, value2 = one.path.field, one.value, other.path.field, other.value
    return lambda event: event.get(field) == value and event.get(field2) == value2


def _is_name(condition: Condition) -> TypeGuard[Equals]:
    return (
        isinstance(condition, Equals)
        and not condition.negated
        and isinstance(condition.value, str)
        and len(condition.path.keys) == 1
    )


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


def _either(condition: Or, tests: list[Test]) -> Test:
    if values := _alternatives(condition):
        return one_of(values)

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
