"""Batches of a destination file: from items to one body, and from one answer to outcomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Any, Final, TypeAlias

from portcall.actions.outcomes import Outcomes
from portcall.declarative.answers import body_of
from portcall.declarative.batch_results import refusal_readers, result_reader
from portcall.declarative.call_documents import BatchTable
from portcall.declarative.calls import method_of, options_of
from portcall.declarative.scopes import Scope
from portcall.declarative.templates import Render, Values, url_template, uses, value_template
from portcall.errors import ResponseError
from portcall.model.http_response import Response
from portcall.requests.client import Client
from portcall.requests.json_bodies import encode_json

ITEMS: Final = "{{items}}"
ITEM: Final = "{{item}}"
_HOLE: Final = "\ue000items\ue000"
_PLACE: Final = f"place-{token_hex(12)}"
"""Differs from process to process, so that no payload holds it."""
_SETTING_BYTES: Final = 64
_FILTERED: Final = re.compile(r"\{\{\s*settings\.\w+\s*\|")
Items: TypeAlias = Sequence[bytes]
_JSON: Final = {"content-type": "application/json"}
_LINES: Final = {"content-type": "application/x-ndjson"}


def compile_batch(
    table: BatchTable, at: tuple[str, ...], scope: Scope, header: str | None
) -> Callable[..., Outcomes]:
    """Compile what sends one batch and reads its answer.

    Args:
        table: The batch's table.
        at: Its path.
        scope: Settings and auth; payload and item only where one item is meant.
        header: Name of the header of the idempotency key.
    """
    ask = _compile_request(table, at, scope, header)
    read = result_reader(table.results, (*at, "results"), scope) if table.results else None
    refusals = refusal_readers(table, at, scope, read)
    rendered = _item(table, at, scope) if uses(table.item, "settings") else None
    numbers = uses(table.item, "place")

    def send(client: Client, payloads: Sequence[Any], items: Items, **roots: Any) -> Outcomes:
        # All items agree in the keys, which are all that the templates may name of the first.
        values = {**roots, "payload": payloads[0]}
        if rendered is not None:
            items = [
                encode_json(rendered({**values, "payload": each, "place": _PLACE}))
                for each in payloads
            ]
        placed = _with_places(items) if numbers else items
        try:
            response = ask(client, values, payloads, placed)
        except ResponseError as refusal:
            says = refusals.get(refusal.response.status)
            if says is None:
                raise
            said, is_told = says(body_of(refusal.response), values, payloads)
            if not is_told:  # a refusal of the batch as such
                raise
            return said
        if read is None:
            return Outcomes.delivered(items)
        return read(body_of(response), values, payloads)[0]

    return send


def _compile_request(
    table: BatchTable, at: tuple[str, ...], scope: Scope, header: str | None
) -> Callable[[Client, Values, Sequence[Any], Items], Response]:
    """Compile what makes the request of one batch and sends it."""
    shared = Scope({**scope.known, "payload": frozenset(table.keys)}, scope.report)
    method, url = method_of(table, at, scope.report)
    address, options = url_template(url, (*at, method), shared), options_of(table, at, shared)
    body = _lines(table, at, scope) if table.lines else _envelope(table, at, shared)
    media = _LINES if table.lines else _JSON

    def ask(client: Client, values: Values, payloads: Sequence[Any], items: Items) -> Response:
        given = {name: render(values) for name, render in options.items()}
        headers = given.pop("headers", {})
        if not any(name.lower() == "content-type" for name in headers):
            headers = {**media, **headers}
        if header:
            headers[header] = values["idempotency_key"]
        content = body(values, payloads, items)
        return client(
            address(values), method=method.upper(), body=content, headers=headers, **given
        )

    return ask


def item_template(
    table: BatchTable, at: tuple[str, ...], scope: Scope
) -> Callable[[Any], Any] | None:
    """Compile the JSON of one item; None for the payload's own fields.

    The place of an item in its batch is not known yet, and neither are the settings: marks stand for
    ``{{place}}`` and ``{{settings.NAME}}`` until the batch is sent.
    """
    if table.item is None:
        return None
    if _FILTERED.search(f"{table.item}"):
        scope.report((*at, "item"), "a setting has no filters in an item")
    render = _item(table, at, scope)
    return lambda payload: render({"payload": payload, "place": _PLACE, "settings": _MARKS})


def _item(table: BatchTable, at: tuple[str, ...], scope: Scope) -> Render:
    inner = scope.without("auth")
    known = Scope({**inner.known, "place": None}, scope.report)
    return value_template(table.item, (*at, "item"), known)


class _Marks:
    """Stands for settings that are not known yet: each has as many bytes as most keys at most."""

    def __getattr__(self, name: str) -> str:
        return "?" * _SETTING_BYTES


_MARKS: Final = _Marks()


def _with_places(items: Items) -> Items:
    return [item.replace(_PLACE.encode(), str(place).encode()) for place, item in enumerate(items)]


def _envelope(
    table: BatchTable, at: tuple[str, ...], scope: Scope
) -> Callable[[Values, Sequence[Any], Items], bytes]:
    """Put the items' JSON where ``{{items}}`` stands; a bare list where nothing is said."""
    if table.form is not None or table.body is not None:
        scope.report(at, "a batch has `json` with `{{items}}`, or `lines`")
    node = ITEMS if table.json is None else table.json
    if _count(node) != 1:
        scope.report((*at, "json"), 'the items must stand in one place: `"{{items}}"`')
    render = value_template(_with_hole(node), (*at, "json"), scope)
    hole = encode_json(_HOLE)

    def body(values: Values, _: Sequence[Any], items: Sequence[bytes]) -> bytes:
        before, _, after = encode_json(render(values)).partition(hole)
        return b"%s[%s]%s" % (before, b",".join(items), after)

    return body


def _lines(
    table: BatchTable, at: tuple[str, ...], scope: Scope
) -> Callable[[Values, Sequence[Any], Items], bytes]:
    """Write some lines of JSON for each item (newline-delimited JSON)."""
    if table.json is not None:
        scope.report(at, "a batch has `json` or `lines`, not both")
    renders = [
        None if node == ITEM else value_template(node, (*at, "lines", str(n)), scope)
        for n, node in enumerate(table.lines or ())
    ]

    def body(values: Values, payloads: Sequence[Any], items: Sequence[bytes]) -> bytes:
        return b"".join(
            (item if render is None else encode_json(render({**values, "payload": payload})))
            + b"\n"
            for payload, item in zip(payloads, items, strict=True)
            for render in renders
        )

    return body


def _with_hole(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _with_hole(value) for name, value in node.items()}
    if isinstance(node, list):
        return [_with_hole(value) for value in node]
    return _HOLE if _is_items(node) else node


def _count(node: Any) -> int:
    if isinstance(node, dict | list):
        return sum(map(_count, node.values() if isinstance(node, dict) else node))
    return int(_is_items(node))


def _is_items(node: Any) -> bool:
    return isinstance(node, str) and node.replace(" ", "") == ITEMS
