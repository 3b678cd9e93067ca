"""Filters that calculate, with JavaScript's numbers: dividing by zero gives infinity."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any, Final

from portcall.actions.mapping.liquid_language.filters.filter import Filter
from portcall.actions.mapping.liquid_language.javascript import amount
from portcall.actions.mapping.liquid_language.scope import Scope
from portcall.actions.mapping.values import MISSING


def _absolute(_scope: Scope, value: Any) -> float:
    return abs(amount(value))


def _at_least(_scope: Scope, value: Any, *others: Any) -> float:
    return max(map(amount, (value, *others)))


def _at_most(_scope: Scope, value: Any, *others: Any) -> float:
    return min(map(amount, (value, *others)))


def _ceil(_scope: Scope, value: Any) -> float:
    found = amount(value)
    return float(math.ceil(found)) if math.isfinite(found) else found


def _floor(_scope: Scope, value: Any) -> float:
    return _floored(amount(value))


def _divided_by(_scope: Scope, value: Any, *others: Any) -> float:
    quotient = _quotient(amount(value), _other(others))
    return _floored(quotient) if len(others) > 1 and amount(others[1]) else quotient


def _modulo(_scope: Scope, value: Any, *others: Any) -> float:
    divisor = _other(others)
    return _remainder(_remainder(amount(value), divisor) + divisor, divisor)


def _with_other(calculate: Callable[[float, float], float]) -> Filter:
    def apply(_scope: Scope, value: Any, *others: Any) -> float:
        return calculate(amount(value), _other(others))

    return Filter(apply)


def _round(_scope: Scope, value: Any, digits: Any = MISSING) -> float:
    scale = _power_of_ten(amount(digits))
    scaled = amount(value) * scale * (1 + sys.float_info.epsilon)
    if math.isfinite(scaled):
        below = math.floor(scaled)
        scaled = float(below + (scaled - below >= 0.5))  # halves go up, also below zero
    return _quotient(scaled, scale)


def _other(others: tuple[Any, ...]) -> float:
    """The first argument; no number at all if there is none, as in JavaScript."""
    return amount(others[0]) if others else math.nan


def _floored(value: float) -> float:
    return float(math.floor(value)) if math.isfinite(value) else value


def _quotient(dividend: float, divisor: float) -> float:
    if divisor:
        return dividend / divisor
    return math.nan if not dividend or math.isnan(dividend) else math.copysign(math.inf, dividend)


def _remainder(dividend: float, divisor: float) -> float:
    return math.fmod(dividend, divisor) if math.isfinite(dividend) and divisor else math.nan


def _power_of_ten(exponent: float) -> float:
    try:
        return math.pow(10.0, exponent)
    except OverflowError:
        return math.inf


FILTERS: Final = {
    "abs": Filter(_absolute),
    "at_least": Filter(_at_least),
    "at_most": Filter(_at_most),
    "ceil": Filter(_ceil),
    "divided_by": Filter(_divided_by),
    "floor": Filter(_floor),
    "minus": _with_other(lambda value, other: value - other),
    "modulo": Filter(_modulo),
    "plus": _with_other(lambda value, other: value + other),
    "round": Filter(_round),
    "times": _with_other(lambda value, other: value * other),
}
