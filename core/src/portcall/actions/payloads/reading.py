"""One function for each pair of mapping and payload class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.mapping.rules import has_directive_key, pointer
from portcall.actions.mapping.validate import examine
from portcall.actions.payloads.checks import GIVE_UP, write_check
from portcall.actions.payloads.making import write_instance
from portcall.actions.payloads.nodes import write_node
from portcall.actions.payloads.source import Source
from portcall.errors import PortcallError
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
        return validate(cls, compiled(event), what=what, lenient=True)

    return generated(cls, compiled, usual, write_instance) or usual


End: TypeAlias = Callable[[Source, Plan, dict[str, str]], None]
"""Writes what the function gives, of the variables that hold the fields."""


def generated(cls: type[Any], mapping: CompiledMapping, usual: Read, end: End) -> Read | None:
    """Generate a function of one event, if mapping and class allow it.

    Args:
        cls: The payload's attrs class.
        mapping: From field names to values.
        usual: Does the same for any event; asked where something is unusual.
        end: Writes the end of the function.
    """
    node, plan = examine(mapping.source)[0], plan_of(cls, lenient=True)
    plain = (
        isinstance(node, dict) and not has_directive_key(node) and node.keys() <= plan.parts.keys()
    )
    if not plain or any(part.field.depends_on for part in plan.parts.values()):
        return None
    source = Source()
    expected = (ValueError, TypeError, AttributeError, RecursionError, PortcallError)
    with source.block("try:"):
        source.begin()
        with source.block("if event.__class__ is not dict:"):
            source.line(GIVE_UP)
        made = {name: _field(source, plan, name, node) for name in plan.parts}
        end(source, plan, made)
    with source.block(f"except {source.value(expected)}:"):
        source.line("pass")
    source.line(f"return {source.value(usual)}(event)")
    return source.compile()


def _field(source: Source, plan: Plan, name: str, node: dict[str, Any]) -> str:
    value = source.variable()
    borrowed = write_node(source, node.get(name), pointer("", name), value)
    write_check(source, plan.parts[name], value, borrowed=borrowed)
    return value
