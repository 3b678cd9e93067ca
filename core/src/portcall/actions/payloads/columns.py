"""From many events to columns: filter, read, check and encode in one generated function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import inf
from typing import Any, TypeAlias

import attrs

from portcall.actions.batching import Batching, Plain
from portcall.actions.fql import Condition
from portcall.actions.fql.writing import written_condition
from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.payloads.checks import GIVE_UP
from portcall.actions.payloads.making import attributes, instance
from portcall.actions.payloads.reading import plain_node, write_fields
from portcall.actions.payloads.source import Source
from portcall.actions.payloads.writing import write_json
from portcall.fields.checking import Plan
from portcall.fields.plans import plan_of
from portcall.requests.json_bodies import encode_json


@attrs.define(eq=False)
class Columns:
    """What was made of many events, each of which is in one of these places.

    Args:
        datas: The JSON of each event that can be sent, in their order; empty texts where there is no need.
        payloads: Of the same events; empty where there is no need.
        skipped: The places of the events that the filter does not want.
        odd: The places of those with something unusual in them.
    """

    datas: list[bytes]
    payloads: list[Any]
    skipped: list[int]
    odd: list[int]

    def insert(self, rows: Mapping[int, tuple[bytes, Any]], gone: Collection[int]) -> None:
        """Put in what was made of odd events.

        Args:
            rows: JSON and payload by the place of the event.
            gone: The places of the events that are not sent.
        """
        datas, payloads = iter(self.datas), iter(self.payloads)
        count = len(self.datas) + len(self.skipped) + len(self.odd)
        places = [place for place in range(count) if place not in gone]
        if self.payloads or not self.datas:
            self.payloads = [
                rows[place][1] if place in rows else next(payloads) for place in places
            ]
        self.datas = [rows[place][0] if place in rows else next(datas) for place in places]


PackMany: TypeAlias = Callable[[list[Any]], Columns]
"""Makes columns of events."""


def all_odd(events: list[Any]) -> Columns:
    """Return columns in which each event is to be prepared by itself."""
    return Columns([], [], [], list(range(len(events))))


def packer_of_many(
    cls: type[Any],
    mapping: object,
    condition: Condition | None,
    batching: Batching,
    sync_mode: str | None = None,
) -> PackMany:
    """Make the function that turns many events into columns.

    Args:
        cls: The payload's attrs class.
        mapping: From field names to values, with directives; JSON, or already compiled.
        condition: Which events are wanted; None for all.
        batching: Says whether payloads, their JSON or both are wanted, and how long an item may be.
        sync_mode: The one that conditions of fields see.

    Returns:
        A function that says of each event with something unusual in it that it is odd.
    """
    compiled = mapping if isinstance(mapping, CompiledMapping) else compile_mapping(mapping)
    plan = plan_of(cls, lenient=True, sync_mode=sync_mode)
    node = plain_node(compiled, plan)
    if node is None:
        return all_odd
    source = Source("events")
    for name in ("datas", "payloads", "skipped", "odd"):
        source.line(f"{name} = []")
    source.line("add_data, add_payload = datas.append, payloads.append")
    row = "datas" if batching.encodes else "payloads"
    place = f"len({row}) + len(skipped) + len(odd)"
    with source.block("for event in events:"):
        with source.block("try:"):
            source.begin()
            with source.block("if event.__class__ is not dict:"):
                source.line(GIVE_UP)
            if condition is not None:
                with source.block(f"if not {written_condition(condition, source.value)}:"):
                    source.line(f"skipped.append({place})")
                    source.line("continue")
            _write_row(source, plan, write_fields(source, plan, node), batching)
        with source.block("except Exception:"):
            source.line(f"odd.append({place})")
    if not batching.encodes:
        source.line("datas = [b''] * len(payloads)")
    source.line(f"return {source.value(Columns)}(datas, payloads, skipped, odd)")
    return source.compile()


def _write_row(source: Source, plan: Plan, made: Mapping[str, str], batching: Batching) -> None:
    """Write what makes a row of the columns; nothing is added before all of it is there."""
    is_plain = isinstance(batching.to_json, Plain) and attributes(plan) is not None
    has_payloads = not batching.shares_payload or not batching.encodes
    if batching.encodes and is_plain:
        write_json(source, plan, made)
    if has_payloads or not is_plain:
        source.line(f"payload = {instance(source, plan, made)}")
    if batching.encodes and not is_plain:
        to_json, encode = source.value(batching.to_json), source.value(encode_json)
        source.line(f"data = {encode}({to_json}(payload))")
    if batching.encodes:
        if batching.most_item_bytes < inf:
            with source.block(f"if len(data) > {source.value(batching.most_item_bytes)}:"):
                source.line(GIVE_UP)
        source.line("add_data(data)")
    if has_payloads:
        source.line("add_payload(payload)")
