"""From a valid mapping to a closure that makes the payload of an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from portcall.actions.mapping.rules import is_directive, pointer
from portcall.actions.mapping.spec import Site, Want
from portcall.actions.mapping.validate import DIRECTIVES, examine
from portcall.actions.mapping.values import MISSING, Run, is_object, type_name
from portcall.errors import MappingError, Problem


@attrs.frozen
class CompiledMapping:
    """A mapping, ready to be called with event after event.

    Args:
        source: The mapping as it was given.
        run: What it compiled to.
    """

    source: object
    run: Run = attrs.field(repr=False, eq=False)

    def __call__(self, event: Mapping[str, Any]) -> Any:
        """The payload of one event.

        Args:
            event: A JSON object; not changed, and nothing in the payload belongs to it.

        Returns:
            JSON, an object unless the mapping is one directive; missing keys are left out.

        Raises:
            MappingError: This event cannot be mapped; ``problems`` says where.
        """
        if event.__class__ is not dict and not is_object(event):
            raise _refused(f"An event must be an object; this is of type {type_name(event)}.")
        try:
            payload = self.run(event)
        except RecursionError:
            raise _refused("The event is nested too deeply.") from None
        return None if payload is MISSING else payload


def compile_mapping(mapping: object) -> CompiledMapping:
    """Check a mapping and compile it, once for all events.

    Args:
        mapping: JSON, with `Directive` values where directives may stand; not changed, and
            changes made to it later have no effect.

    Returns:
        Call it with an event.

    Raises:
        MappingError: The mapping is invalid; ``problems`` has every reason with its JSON pointer.
    """
    node, problems = examine(mapping)
    if problems:
        message = "The mapping is not valid:"
        raise MappingError(message, problems)
    return CompiledMapping(mapping, compile_node(node, Want.KEEP, ""))


def compile_node(node: Any, want: Want, at: str) -> Run:
    """A closure for one node.

    Args:
        node: Valid, plain JSON.
        want: What the value is for.
        at: JSON pointer of the node.
    """
    if isinstance(node, dict):
        return (_directive if is_directive(node) else _object)(node, want, at)
    return _array(node, want, at) if isinstance(node, list) else lambda _data: node


def _directive(node: dict[str, Any], want: Want, at: str) -> Run:
    name = next(key for key in node if key.startswith("@"))
    return DIRECTIVES[name].build(node[name], Site(pointer(at, name), want, compile_node))


def _object(node: dict[str, Any], want: Want, at: str) -> Run:
    inside = want.inside
    fields = tuple((k, compile_node(v, inside, pointer(at, k))) for k, v in node.items())
    if want is not Want.KEEP:
        return lambda data: {key: read(data) for key, read in fields}
    missing = MISSING
    return lambda data: {key: value for key, read in fields if (value := read(data)) is not missing}


def _array(node: list[Any], want: Want, at: str) -> Run:
    inside = want.inside
    reads = tuple(compile_node(v, inside, pointer(at, i)) for i, v in enumerate(node))
    if want is not Want.KEEP:
        return lambda data: [read(data) for read in reads]
    return lambda data: [None if (value := read(data)) is MISSING else value for read in reads]


def _refused(message: str) -> MappingError:
    return MappingError("The mapping cannot be applied to this event.", [Problem("", message)])
