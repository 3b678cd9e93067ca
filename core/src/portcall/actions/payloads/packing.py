"""From an event to a payload and its JSON: for batches, in one generated function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from portcall.actions.batching import Plain
from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.payloads.making import attributes, instance
from portcall.actions.payloads.reading import Read, generated
from portcall.actions.payloads.source import Source
from portcall.actions.payloads.writing import write_json
from portcall.fields.checking import Plan
from portcall.fields.plans import plan_of
from portcall.requests.json_bodies import encode_json

Pack: TypeAlias = Callable[[Mapping[str, Any]], tuple[Any, bytes]]
"""Makes the checked payload of an event and its JSON, or raises."""


def packer(
    cls: type[Any],
    mapping: object,
    *,
    read: Read,
    to_json: Callable[[Any], Any],
    sync_mode: str | None = None,
) -> Pack:
    """Make the function that turns events into payloads and their JSON.

    Args:
        cls: The payload's attrs class.
        mapping: From field names to values, with directives; JSON, or already compiled.
        read: What `reader` made of the two; asked where something is unusual.
        to_json: Gives a payload as JSON has it.
        sync_mode: The one that conditions of fields see, as for *read*.

    Returns:
        A function of one event. It raises what *read* does, and `RequestError` for a payload that has
        no JSON form.

    Raises:
        MappingError: The mapping is invalid.
        HookError: The class cannot work.
    """

    def usual(event: Mapping[str, Any]) -> tuple[Any, bytes]:
        payload = read(event)
        return payload, encode_json(to_json(payload))

    if not isinstance(to_json, Plain) or attributes(plan_of(cls, lenient=True)) is None:
        return usual
    compiled = mapping if isinstance(mapping, CompiledMapping) else compile_mapping(mapping)
    return generated(cls, compiled, usual, _write_both, sync_mode) or usual


def _write_both(source: Source, plan: Plan, made: Mapping[str, str]) -> None:
    data = write_json(source, plan, made)
    source.line(f"return {instance(source, plan, made)}, {data}")
