"""From many events to columns: filter, read, check and encode in one generated function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any, TypeAlias

import attrs

from portcall.actions.batching import Batching, Plain
from portcall.actions.fql import Condition
from portcall.actions.fql.writing import written_condition
from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.payloads.checks import GIVE_UP
from portcall.actions.payloads.making import attributes, instance
from portcall.actions.payloads.nodes import is_a
from portcall.actions.payloads.reading import plain_node, write_fields
from portcall.actions.payloads.source import Source
from portcall.actions.payloads.together import Row, as_they_are, row_writer
from portcall.actions.payloads.writing import are_all_checked, write_json, write_unescaped
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
    together = (
        batching.encodes and batching.shares_payload and _is_plain(batching, plan)
    ) and are_all_checked(plan)
    write = _write_together if together else _write_each
    return write(Source("events"), plan, node, condition, batching)


def _write_each(
    source: Source,
    plan: Plan,
    node: dict[str, Any],
    condition: Condition | None,
    batching: Batching,
) -> PackMany:
    """Write each row as soon as it is read."""
    for name in ("datas", "payloads", "skipped", "odd"):
        source.line(f"{name} = []")
    row = "datas" if batching.encodes else "payloads"
    with _each_event(source, condition, f"len({row}) + len(skipped) + len(odd)"):
        _write_row(source, plan, write_fields(source, plan, node), batching)
    if not batching.encodes:
        source.line("datas = [b''] * len(payloads)")
    source.line(f"return {source.value(Columns)}(datas, payloads, skipped, odd)")
    return source.compile()


def _write_together(
    source: Source,
    plan: Plan,
    node: dict[str, Any],
    condition: Condition | None,
    batching: Batching,
) -> PackMany:
    """Write all rows as one text, and one by one only if a character in it has to be looked at."""
    for name in ("texts", "rows", "skipped", "odd"):
        source.line(f"{name} = []")
    source.line("lacking = 0")
    with _each_event(source, condition, "len(rows) + len(skipped) + len(odd)"):
        made = write_fields(source, plan, node, reads_texts=False)
        quotes = write_unescaped(source, plan, made)
        source.line("texts.append(text)")
        source.line(f"rows.append(({', '.join(made.values())},))")
    source.line(f"quotes = {quotes} * len(texts) - lacking")
    most = batching.most_item_bytes
    source.line(f"datas = {source.value(as_they_are)}(texts, quotes, {source.value(most)})")
    with source.block("if datas is None:"):
        write = source.value(row_writer(plan, most))
        source.line(f"datas = {source.value(_row_by_row)}({write}, rows, skipped, odd)")
    source.line(f"return {source.value(Columns)}(datas, [], skipped, odd)")
    return source.compile()


@contextmanager
def _each_event(source: Source, condition: Condition | None, place: str) -> Iterator[None]:
    """Write the loop over the events; what follows stands inside it, for those that are wanted.

    Args:
        source: The function so far.
        condition: Which events are wanted; None for all.
        place: The expression for the place of the event.
    """
    with source.block("for event in events:"):
        with source.block("try:"):
            source.begin()
            with source.block(f"if {is_a(source, 'event', dict, no=True)}:"):
                source.line(GIVE_UP)
            if condition is not None:
                with source.block(f"if not {written_condition(condition, source.value)}:"):
                    source.line(f"skipped.append({place})")
                    source.line("continue")
            yield
        with source.block("except Exception:"):
            source.line(f"odd.append({place})")


def _row_by_row(
    write: Callable[[Row], bytes], rows: list[Row], skipped: list[int], odd: list[int]
) -> list[bytes]:
    """Return the JSON of each row that can be written; the places of the others become odd."""
    gone = {*skipped, *odd}
    places = (place for place in range(len(rows) + len(gone)) if place not in gone)
    datas = []
    for place, row in zip(places, rows, strict=True):
        try:
            datas.append(write(row))
        except Exception:  # noqa: BLE001  # the event is prepared by itself, and what is wrong said there
            odd.append(place)
    odd.sort()
    return datas


def _write_row(source: Source, plan: Plan, made: Mapping[str, str], batching: Batching) -> None:
    """Write what makes a row of the columns; nothing is added before all of it is there."""
    is_plain = _is_plain(batching, plan)
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
        source.line("datas.append(data)")
    if has_payloads:
        source.line("payloads.append(payload)")


def _is_plain(batching: Batching, plan: Plan) -> bool:
    return isinstance(batching.to_json, Plain) and attributes(plan) is not None
