"""Batches of a destination file: from items to one body, and from one answer to outcomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from secrets import token_hex
from typing import Any, Final, TypeAlias

import attrs

from portcall.actions.outcomes import Outcome, Outcomes
from portcall.declarative.answers import (
    JsonPath,
    Test,
    body_of,
    condition,
    first,
    json_path,
    shown,
)
from portcall.declarative.calls import method_of, options_of
from portcall.declarative.documents import BatchTable, ResultsTable
from portcall.declarative.templates import (
    Render,
    Scope,
    Values,
    text_template,
    url_template,
    uses,
    value_template,
)
from portcall.errors import ResponseError
from portcall.model import Response
from portcall.requests.client import Client
from portcall.requests.json_bodies import encode_json

ITEMS: Final = "{{items}}"
ITEM: Final = "{{item}}"
_HOLE: Final = "\ue000items\ue000"
_PLACE: Final = f"place-{token_hex(12)}"
"""Differs from process to process, so that no payload holds it."""
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
    shared = Scope({**scope.known, "payload": frozenset(table.keys)}, scope.report)
    method, url = method_of(table, at, scope.report)
    address, options = url_template(url, (*at, method), shared), options_of(table, at, shared)
    body = _lines(table, at, scope) if table.lines else _envelope(table, at, shared)
    media = _LINES if table.lines else _JSON
    statuses = frozenset(table.results.statuses if table.results else ())
    read = _reader(table.results, (*at, "results"), scope) if table.results else None

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

    def send(client: Client, payloads: Sequence[Any], items: Items, **roots: Any) -> Outcomes:
        # All items agree in the keys, which are all that the templates may name of the first.
        values = {**roots, "payload": payloads[0]}
        placed = _with_places(items) if numbers else items
        try:
            response = ask(client, values, payloads, placed)
        except ResponseError as refusal:
            if read is None or refusal.response.status not in statuses:
                raise
            said, is_told = read(body_of(refusal.response), values, payloads)
            if not is_told:  # a refusal of the batch as such
                raise
            return said
        if read is None:
            return Outcomes.delivered(items)
        return read(body_of(response), values, payloads)[0]

    numbers = uses(table.item, "place")
    return send


def item_template(
    table: BatchTable, at: tuple[str, ...], scope: Scope
) -> Callable[[Any], Any] | None:
    """Compile the JSON of one item; None for the payload's own fields.

    The place of an item in its batch is not known yet: a mark stands for ``{{place}}`` until the batch
    is sent.
    """
    if table.item is None:
        return None
    inner = scope.without("settings", "auth")
    known = Scope({**inner.known, "place": None}, scope.report)
    render = value_template(table.item, (*at, "item"), known)
    return lambda payload: render({"payload": payload, "place": _PLACE})


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


def _reader(
    table: ResultsTable, at: tuple[str, ...], scope: Scope
) -> Callable[[Any, Values, Sequence[Any]], tuple[Outcomes, bool]]:
    """Make what reads an answer: the outcomes, and whether the answer told one."""
    results = _Results.of(table, at, scope)
    items = json_path(table.items, (*at, "items"), scope.report)

    def read(body: Any, values: Values, payloads: Sequence[Any]) -> tuple[Outcomes, bool]:
        if body is None:
            return Outcomes({}), False
        told = {
            place: results.outcome(result)
            for place, result in results.placed(items(body), values, payloads)
        }
        others = range(len(payloads)) if table.others == "delivered" else ()
        return Outcomes({**dict.fromkeys(others, Outcome.delivered()), **told}), bool(told)

    return read


@attrs.frozen
class _Results:
    """How the results of a batch are assigned to its items, and what each says."""

    table: ResultsTable
    index: JsonPath | None
    pattern: re.Pattern[str] | None
    id: JsonPath | None
    item_id: Render | None
    status: JsonPath | None
    reason: JsonPath | None
    delivered: Test
    retry: Test

    @classmethod
    def of(cls, table: ResultsTable, at: tuple[str, ...], scope: Scope) -> _Results:
        report = scope.report
        needs = {"order": (), "index": ("index",), "id": ("id", "item_id")}[table.by]
        for name in needs:
            if getattr(table, name) is None:
                report(at, f"results by {table.by} need `{name}`")
        paths = {
            name: None
            if (path := getattr(table, name)) is None
            else json_path(path, (*at, name), report)
            for name in ("index", "id", "status", "reason")
        }
        item_id = (
            None
            if table.item_id is None
            else text_template(
                table.item_id,
                (*at, "item_id"),
                Scope({**scope.known, "place": None}, scope.report),
            )
        )
        return cls(
            table,
            pattern=_pattern(table.index_pattern, (*at, "index_pattern"), scope),
            item_id=item_id,
            delivered=condition(table.delivered, (*at, "delivered"), report),
            retry=condition(table.retry, (*at, "retry"), report),
            **paths,
        )

    def placed(
        self, found: Iterator[Any], values: Values, payloads: Sequence[Any]
    ) -> Iterator[tuple[int, Any]]:
        """Return each result with the place of its item."""
        if self.table.by == "order":
            yield from enumerate(found)
        elif self.table.by == "index":
            for result in found:
                place = self._index(result)
                yield (-1 if place is None else place - self.table.index_from), result
        else:
            render = self.item_id or (lambda _: None)
            known: dict[str, list[int]] = {}
            for place, payload in enumerate(payloads):
                seen = {**values, "payload": payload, "place": str(place)}
                known.setdefault(f"{render(seen)}", []).append(place)
            for result in found:
                for place in known.get(f"{first(self.id, result)}", ()):
                    yield place, result

    def outcome(self, result: Any) -> Outcome:
        """Return what one result says of its item."""
        if self.table.delivered and self.delivered(result):
            return Outcome.delivered()
        reason = shown(first(self.reason, result)) or "the destination refused it"
        if self.table.retry and self.retry(result):
            return Outcome.retry(reason)
        status = first(self.status, result)
        if isinstance(status, int) and not isinstance(status, bool):
            return Outcome.of_status(status, shown(first(self.reason, result)))
        return Outcome.rejected(reason)

    def _index(self, result: Any) -> int | None:
        found = first(self.index, result)
        if self.pattern is not None:
            match = self.pattern.search(f"{found}"[:1000])
            found = match[1] if match else None
        if isinstance(found, bool) or not isinstance(found, int | str):
            return None
        text = f"{found}"
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _pattern(source: str | None, at: tuple[str, ...], scope: Scope) -> re.Pattern[str] | None:
    if source is None:
        return None
    try:
        pattern = re.compile(source)
    except re.error as error:
        scope.report(at, f"is no regular expression: {error}")
        return None
    if pattern.groups != 1:
        scope.report(at, "must have one group, around the index")
        return None
    return pattern
