"""One function for each pair of mapping and payload class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.mapping.rules import has_directive_key, pointer
from portcall.actions.mapping.validate import examine
from portcall.actions.payloads.checks import GIVE_UP, write_check, write_default
from portcall.actions.payloads.deciding import in_order, written_rule
from portcall.actions.payloads.making import write_instance
from portcall.actions.payloads.nodes import is_a, repeated_paths, write_node
from portcall.actions.payloads.source import Source
from portcall.errors import PortcallError
from portcall.fields import validate
from portcall.fields.checking import Plan
from portcall.fields.plans import plan_of

Read: TypeAlias = Callable[[Mapping[str, Any]], Any]
"""Makes the checked payload of an event, or raises."""


def reader(cls: type[Any], mapping: object, *, what: str, sync_mode: str | None = None) -> Read:
    """Make the function that turns events into payloads.

    Generated for this mapping and class: an event with nothing unusual in it costs no more than
    code written by hand. All others are mapped and validated in the usual way, with the same result.

    Args:
        cls: The payload's attrs class.
        mapping: From field names to values, with directives; JSON, or already compiled.
        what: Whose payload it is, to begin errors with.
        sync_mode: The one that conditions of fields see; None for none.

    Returns:
        A function of one event. It raises `SettingsError` with every field that cannot be used, or
        `MappingError` where the mapping cannot be applied.

    Raises:
        MappingError: The mapping is invalid.
        HookError: The class cannot work.
    """
    compiled = mapping if isinstance(mapping, CompiledMapping) else compile_mapping(mapping)

    def usual(event: Mapping[str, Any]) -> Any:
        return validate(cls, compiled(event), what=what, lenient=True, sync_mode=sync_mode)

    return generated(cls, compiled, usual, write_instance, sync_mode) or usual


End: TypeAlias = Callable[[Source, Plan, dict[str, str]], None]
"""Writes what the function returns, from the variables that hold the fields."""


def generated(
    cls: type[Any], mapping: CompiledMapping, usual: Read, end: End, sync_mode: str | None
) -> Read | None:
    """Generate a function of one event, if mapping and class allow it.

    Args:
        cls: The payload's attrs class.
        mapping: From field names to values.
        usual: Does the same for any event; asked where something is unusual.
        end: Writes the end of the function.
        sync_mode: The one that conditions of fields see.
    """
    plan = plan_of(cls, lenient=True, sync_mode=sync_mode)
    node = plain_node(mapping, plan)
    if node is None:
        return None
    source = Source()
    expected = (ValueError, TypeError, LookupError, AttributeError, RecursionError, PortcallError)
    with source.block("try:"):
        source.begin()
        with source.block(f"if {is_a(source, 'event', dict, no=True)}:"):
            source.line(GIVE_UP)
        made = write_fields(source, plan, node)
        end(source, plan, made)
    with source.block(f"except {source.value(expected)}:"):
        source.line("pass")
    source.line(f"return {source.value(usual)}(event)")
    return source.compile()


def plain_node(mapping: CompiledMapping, plan: Plan) -> dict[str, Any] | None:
    """Return a mapping of field names to values, by each name; None if it is another one."""
    node = examine(mapping.source)[0]
    plain = isinstance(node, dict) and not has_directive_key(node)
    return node if plain and node.keys() <= plan.parts.keys() else None


def write_fields(
    source: Source, plan: Plan, node: dict[str, Any], *, reads_texts: bool = True
) -> dict[str, str]:
    """Write every field, each behind those that its condition asks about; return their variables.

    Args:
        source: The function so far, inside its ``try``.
        plan: Of the class.
        node: From field names to values.
        reads_texts: Look at the characters of texts, too; else `write_text_check` has to do so later.
    """
    made: dict[str, str] = {}
    source.repeated = repeated_paths(node)
    for name in in_order(plan):
        part, value = plan.parts[name], source.variable()
        made[name] = value
        # Also where the field does not count: a mapping that cannot be applied is an error all the same.
        needed = part.needs is True and part.counts is True
        borrowed = write_node(source, node.get(name), pointer("", name), value, needed=needed)
        counts = written_rule(source, plan, part.counts, made)
        if counts == "True":
            write_check(source, part, value, borrowed=borrowed, reads_text=reads_texts)
            continue
        with source.block(f"if {counts}:"):
            write_check(source, part, value, borrowed=borrowed, reads_text=reads_texts)
        with source.block("else:"):
            write_default(source, part, value)
    for name, part in plan.parts.items():
        if not isinstance(part.needs, bool):
            rules = [written_rule(source, plan, rule, made) for rule in (part.counts, part.needs)]
            with source.block(f"if {made[name]} is None and {' and '.join(rules)}:"):
                source.line(GIVE_UP)
    return {name: made[name] for name in plan.parts}
