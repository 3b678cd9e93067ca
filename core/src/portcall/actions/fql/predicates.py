"""The tests of one value, each made once for what it compares with."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from portcall.actions.fql.access import Get, getter
from portcall.actions.fql.comparisons import Compare, Contains, Equals, Match, OneOf
from portcall.actions.fql.globs import glob_test

Test: TypeAlias = Callable[[Mapping[str, Any]], bool]

_HOLDS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def equals(condition: Equals) -> Test:
    """Make the test for ``=`` and ``!=``; see `Equals` for what equals what."""
    get, value, negated = getter(condition.path), condition.value, condition.negated
    if isinstance(value, str):
        if len(condition.path.keys) == 1:
            return _field_equals(condition.path.field, value, negated=negated)
        return _negatable(lambda event: get(event) == value, negated=negated)
    if value is None or isinstance(value, bool):
        # Identity, because 1 == True.
        return _negatable(lambda event: get(event) is value, negated=negated)
    return _number_test(get, operator.ne if negated else operator.eq, value)


def compare(condition: Compare) -> Test:
    """Make the test for ``<``, ``<=``, ``>`` and ``>=``."""
    return _number_test(getter(condition.path), _HOLDS[condition.operator], condition.bound)


def one_of(condition: OneOf) -> Test:
    """Make the test for ``in``; its time does not grow with the list."""
    get, values = getter(condition.path), condition.values
    texts = frozenset(value for value in values if isinstance(value, str))
    numbers = frozenset(value for value in values if _is_number(value))
    constants = [value for value in values if value is None or isinstance(value, bool)]

    def test(event: Mapping[str, Any]) -> bool:
        value = get(event)
        if isinstance(value, str):
            return value in texts
        if _is_number(value):
            return value in numbers
        return any(value is constant for constant in constants)

    return test


def text_test(condition: Contains | Match) -> Test:
    """Make the test for ``contains`` and ``match``; what is no text passes neither way."""
    get, negated = getter(condition.path), condition.negated
    fits = _fits(condition)

    def test(event: Mapping[str, Any]) -> bool:
        value = get(event)
        return isinstance(value, str) and fits(value) is not negated

    return test


def _fits(condition: Contains | Match) -> Callable[[str], bool]:
    if isinstance(condition, Match):
        return glob_test(condition.parts)
    text = condition.text
    return lambda value: text in value


def _field_equals(field: str, value: str, *, negated: bool) -> Test:
    # Nearly all subscriptions are made of this test: it saves one call.
    if negated:
        return lambda event: event.get(field) != value
    return lambda event: event.get(field) == value


def _negatable(test: Test, *, negated: bool) -> Test:
    return (lambda event: not test(event)) if negated else test


def _number_test(get: Get, holds: Callable[[Any, Any], bool], bound: float) -> Test:
    def test(event: Mapping[str, Any]) -> bool:
        value = get(event)
        return (
            isinstance(value, (int, float)) and not isinstance(value, bool) and holds(value, bound)
        )

    return test


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
