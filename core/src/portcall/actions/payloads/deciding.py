"""Conditions of fields as expressions over the variables that hold the other fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from portcall.actions.payloads.source import Source
from portcall.fields.checking import Part, Plan
from portcall.fields.coercion import same
from portcall.fields.conditions import AllOf, AnyOf, FieldIs, Rule, parts_of

_TYPED: Final = frozenset({"string", "integer", "number"})
"""Kinds whose checked values are never booleans, so that ``==`` says what `same` says."""


def in_order(plan: Plan) -> list[str]:
    """Return the names of the fields, each behind those that decide whether it counts."""
    ordered: dict[str, None] = {}
    for name in plan.parts:
        _add(plan, name, ordered)
    return list(ordered)


def _add(plan: Plan, name: str, ordered: dict[str, None]) -> None:
    if name in ordered or name not in plan.parts:
        return
    for asked in parts_of(plan.parts[name].counts):
        if isinstance(asked, FieldIs):
            _add(plan, asked.name, ordered)
    ordered[name] = None


def written_rule(source: Source, plan: Plan, rule: Rule, made: Mapping[str, str]) -> str:
    """Return the expression that says whether a rule holds.

    Args:
        source: The function so far.
        plan: Of the class.
        rule: For one sync mode.
        made: The variables of the fields that are checked already; those that the rule asks about are.
    """
    if isinstance(rule, AllOf | AnyOf):
        word = " and " if isinstance(rule, AllOf) else " or "
        return f"({word.join(written_rule(source, plan, each, made) for each in rule.rules)})"
    if not isinstance(rule, FieldIs):
        return str(rule is True)
    if rule.name in plan.fixed:
        return str(
            any(same(plan.fixed[rule.name], each) for each in rule.values) is not rule.negated
        )
    part, value = plan.parts[rule.name], made[rule.name]
    ways = " or ".join(_is(source, part, value, each) for each in rule.values)
    return f"(not ({ways}))" if rule.negated else f"({ways})"


def _is(source: Source, part: Part, value: str, wanted: object) -> str:
    if wanted is None or isinstance(wanted, bool):
        return f"{value} is {wanted}"
    if part.field.kind in _TYPED:
        return f"{value} == {source.value(wanted)}"
    return f"{source.value(same)}({value}, {source.value(wanted)})"
