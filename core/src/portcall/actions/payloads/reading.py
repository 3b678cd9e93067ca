"""One function for each pair of mapping and payload class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MemberDescriptorType
from typing import Any, TypeAlias

import attrs

from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.mapping.rules import has_directive_key, pointer
from portcall.actions.mapping.validate import examine
from portcall.actions.payloads.checks import GIVE_UP, has_own_making, write_check
from portcall.actions.payloads.nodes import write_node
from portcall.actions.payloads.source import Source
from portcall.errors import SettingsError
from portcall.fields import validate
from portcall.fields.checking import Plan
from portcall.fields.plans import plan_of

Read: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""Makes the checked payload of an event, or raises."""


def reader(cls: type[Any], mapping: object, *, what: str) -> Read:
    """Make the function that turns events into payloads.

    Generated for this mapping and class: an event with nothing unusual in it costs no more than
    code written by hand. All others are mapped and validated in the usual way, with the same result.

    Args:
        cls: The payload's attrs class.
        mapping: From field names to values, with directives; JSON, or already compiled.
        what: Whose payload it is, to begin errors with.

    Returns:
        A function of one event. It raises `SettingsError` with every field that cannot be used, or
        `MappingError` where the mapping cannot be applied.

    Raises:
        MappingError: The mapping is invalid.
        HookError: The class cannot work.
    """
    compiled = mapping if isinstance(mapping, CompiledMapping) else compile_mapping(mapping)

    def usual(event: Mapping[str, Any]) -> Any:
        return validate(cls, compiled(event), what=what)

    node, plan = examine(compiled.source)[0], plan_of(cls)
    plain = (
        isinstance(node, dict) and not has_directive_key(node) and node.keys() <= plan.parts.keys()
    )
    depends = any(part.field.depends_on for part in plan.parts.values())
    return _generated(plan, node, usual) if plain and not depends else usual


def _generated(plan: Plan, node: dict[str, Any], usual: Read) -> Read:
    source = Source()
    expected = (ValueError, TypeError, AttributeError, RecursionError, SettingsError)
    with source.block("try:"):
        source.begin()
        with source.block("if event.__class__ is not dict:"):
            source.line(GIVE_UP)
        made = {name: _field(source, plan, name, node) for name in plan.parts}
        _construct(source, plan, made)
    with source.block(f"except {source.value(expected)}:"):
        source.line("pass")
    source.line(f"return {source.value(usual)}(event)")
    return source.compile()


def _field(source: Source, plan: Plan, name: str, node: dict[str, Any]) -> str:
    value = source.variable()
    borrowed = write_node(source, node.get(name), pointer("", name), value)
    write_check(source, plan.parts[name], value, borrowed=borrowed)
    return value


def _construct(source: Source, plan: Plan, made: dict[str, str]) -> None:
    cls = source.value(plan.cls)
    by_alias = {a.alias or a.name: _own(plan.cls, a.name) for a in attrs.fields(plan.cls)}
    slots = all(isinstance(each, MemberDescriptorType) for each in by_alias.values())
    if not slots or has_own_making(plan.cls, plan.parts):
        pairs = ", ".join(f"{source.value(name)}: {value}" for name, value in made.items())
        source.line(f"return {cls}(**{{{pairs}}})")
        return
    # A frozen class of attrs sets each attribute by name; straight into the slots is twice as fast.
    source.line(f"made = {source.value(object.__new__)}({cls})")
    for name, value in made.items():
        source.line(f"{source.value(by_alias[name].__set__)}(made, {value})")
    source.line("return made")


def _own(cls: type, name: str) -> Any:
    """Give what a class itself, or the first of its bases that does, says about a name."""
    return next((vars(c)[name] for c in cls.__mro__ if name in vars(c)), None)
