"""The batch of an action of a destination file as functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from portcall.cli.scaffold.from_file.expressions import Names
from portcall.cli.scaffold.from_file.layout import (
    WIDTH,
    Code,
    Entries,
    call,
    condition,
    laid_out,
    listed,
    literal,
    one_line,
)
from portcall.cli.scaffold.from_file.requesting import request
from portcall.cli.scaffold.from_file.writer import Writer, at_path, tests_of
from portcall.declarative.batches import ITEMS
from portcall.declarative.call_documents import BatchTable, ResultsTable
from portcall.declarative.documents import ActionTable, FieldTable
from portcall.declarative.templates import uses
from portcall.requests.json_bodies import encode_json

_ON_ONE_LINE: Final = 40
_REFUSED: Final = '"the destination refused it"'


def batch_code(
    writer: Writer, name: str, table: ActionTable, settings: dict[str, FieldTable], payload: str
) -> list[str]:
    """Return the functions of an action's batch: an item, a result, and the batch itself."""
    batch, at = table.batch, ("actions", name, "batch")
    if batch is None:
        return []
    blocks = []
    if batch.lines is not None:
        writer.refuse((*at, "lines"), "`lines`")
    if batch.item is not None:
        item, _ = Names(writer, {}, table.fields).json(batch.item, (*at, "item"))
        writer.need("typing", "Any")
        if isinstance(item, str):
            writer.refuse((*at, "item"), "an item that is not a table")
        blocks.append(
            f"def {name}_item(payload: {payload}) -> dict[str, Any]:\n"
            f'    """Return one item of a batch."""\n{laid_out(item, "return ", "", 4)}'
        )
    if batch.results is not None:
        blocks.append(_result(writer, name, batch.results, (*at, "results")))
    blocks.append(_send(writer, name, table, batch, settings, payload))
    return blocks


def _send(
    writer: Writer,
    name: str,
    table: ActionTable,
    batch: BatchTable,
    settings: dict[str, FieldTable],
    payload: str,
) -> str:
    at = ("actions", name, "batch")
    if batch.refusals:
        writer.refuse((*at, "refusals"), "results in a refusal")
    if uses(batch.item, "settings"):
        writer.refuse((*at, "item"), "a setting in an item")
    keys = {each: table.fields[each] for each in batch.keys}
    names = Names(writer, settings, keys, "payloads[0]")
    body = _envelope(names, batch, (*at, "json"))
    media = (("Content-Type", '"application/json"'),)
    key: tuple[tuple[str, str], ...] = ()
    if table.idempotency_header is not None:
        names.used.add("idempotency_key")
        key = ((table.idempotency_header, "idempotency_key"),)
    sent = request(names, batch, at, body="body", extra_headers=(*media, *key))
    more = [("client", "Client")]
    if "payload" in names.used:
        more.append(("payloads", f"Sequence[{payload}]"))
    parameters = names.parameters(*more, ("items", "Sequence[bytes]"))
    writer.need("collections.abc", "Sequence")
    writer.need("portcall", "Outcomes")
    head = laid_out(
        Entries("(", tuple(("", each) for each in parameters), ")"),
        f"def {name}_batch",
        " -> Outcomes:",
    )
    lines = [
        laid_out(call(f"{name}.batch", **_limits(name, batch)), "@"),
        head,
        f'    """Send up to {batch.size} items with one request."""',
        *body,
    ]
    if batch.results is None:
        lines += [laid_out(sent, indent=4), "    return Outcomes.delivered(items)"]
    else:
        lines.append(laid_out(writer.helper("read_json", sent), "answer = ", "", 4))
        lines += _read(writer, name, batch.results, (*at, "results"))
    return "\n".join(lines)


def _limits(name: str, batch: BatchTable) -> dict[str, Code]:
    """Return the arguments of the decorator: the bounds of a batch, its keys, and the JSON of its items."""
    entries: dict[str, Code] = {
        each: literal(value)
        for each in ("size", "size_bytes", "item_bytes", "max_age_s")
        if (value := getattr(batch, each)) is not None
    }
    if batch.keys:
        entries["keys"] = listed([literal(each) for each in batch.keys])
    if batch.item is not None:
        entries["to_json"] = f"{name}_item"
    return entries


def _envelope(names: Names, batch: BatchTable, at: tuple[str, ...]) -> list[str]:
    """Return the lines that make the bytes of a body with the items in it."""
    values: list[str] = []
    if not f"{batch.json}".isascii():
        names.writer.refuse(at, "a letter beyond ASCII beside the items")
    if batch.form is not None or batch.body is not None or batch.lines is not None:
        return []
    parts = _parts(names, ITEMS if batch.json is None else batch.json, at, values)
    text = literal("".join(parts))
    given: Code = values[0]
    if len(values) > 1:
        given = Entries("(", tuple(("", each) for each in values), ")")
    line = f"    body = b{text} % {one_line(given)}"
    if len(line) <= WIDTH:
        return [line]
    envelope = f"    envelope = b{text}"
    if len(envelope) > WIDTH >= len(f"        b{text}"):
        envelope = f"    envelope = (\n        b{text}\n    )"
    return [envelope, laid_out(given, "body = envelope % ", "", 4)]


def _parts(names: Names, node: Any, at: tuple[str, ...], values: list[str]) -> Iterator[str]:
    if isinstance(node, dict) and not any(key.startswith("@") for key in node):
        yield "{"
        for n, (key, each) in enumerate((k, v) for k, v in node.items() if v is not None):
            yield f"{',' if n else ''}{_escaped(key)}:"
            yield from _parts(names, each, (*at, key), values)
        yield "}"
    elif isinstance(node, list):
        yield "["
        for n, each in enumerate(node):
            yield "," if n else ""
            yield from _parts(names, each, (*at, f"{n}"), values)
        yield "]"
    elif isinstance(node, str) and node.replace(" ", "") == ITEMS:
        values.append('b",".join(items)')
        yield "[%s]"
    elif isinstance(node, dict) or (isinstance(node, str) and "{{" in node):
        code, optional = names.json(node, at)
        if optional:
            names.writer.refuse(at, "a value beside the items that may be missing")
        names.writer.need("portcall", "encode_json")
        values.append(f"encode_json({one_line(code)})")
        yield "%s"
    else:
        yield _escaped(node)


def _escaped(value: Any) -> str:
    """Return JSON as it stands in the left side of a ``%``."""
    return encode_json(value).decode().replace("%", "%%")


def _result(writer: Writer, name: str, table: ResultsTable, at: tuple[str, ...]) -> str:
    lines = [
        f"def {name}_outcome(result: Any) -> Outcome:",
        '    """Return what an answer says of one item."""',
    ]
    writer.need("typing", "Any")
    writer.need("portcall", "Outcome")
    if table.delivered:
        tests = tests_of(writer, table.delivered, "result", (*at, "delivered"))
        lines += [condition(tests, 4), "        return Outcome.delivered()"]
    reason: Code = '""'
    if table.reason is not None:
        reason = at_path(writer, "text_at", "result", table.reason, (*at, "reason"))
    if table.status is not None or table.retry:
        lines.append(laid_out(reason, "reason = ", "", 4))
        reason = "reason"
    if len(one_line(reason)) > _ON_ONE_LINE:
        lines.append(laid_out(reason, "reason = ", "", 4))
        reason = "reason"
    words = _REFUSED if table.reason is None else f"{one_line(reason)} or {_REFUSED}"
    if table.retry:
        tests = tests_of(writer, table.retry, "result", (*at, "retry"))
        lines += [condition(tests, 4), f"        return Outcome.retry({words})"]
    if table.status is not None:
        read = at_path(writer, "first_at", "result", table.status, (*at, "status"))
        lines += [
            laid_out(read, "status = ", "", 4),
            "    if isinstance(status, int) and not isinstance(status, bool):",
            "        return Outcome.of_status(status, reason)",
        ]
    lines.append(laid_out(call("Outcome.rejected", words), "return ", "", 4))
    return "\n".join(lines)


def _read(writer: Writer, name: str, table: ResultsTable, at: tuple[str, ...]) -> list[str]:
    if table.by == "id":
        writer.refuse((*at, "by"), "results by id")
    if table.statuses:
        writer.refuse((*at, "statuses"), "results in a refusal")
    if table.means != "rejected" or table.retry_after_s is not None:
        writer.refuse(at, "results that ask for another try at a certain time")
    results = at_path(writer, "each_at", "answer", table.items, (*at, "items"))
    writer.need("portcall", "Outcome")
    others = (
        "    outcomes = dict.fromkeys(range(len(items)), Outcome.delivered())"
        if table.others == "delivered"
        else "    outcomes: dict[int, Outcome] = {}"
    )
    lines = ["    if answer is None:", "        return Outcomes()", others]
    if table.by == "order":
        listing = call("enumerate", results)
        lines += [
            laid_out(listing, "for place, result in ", ":", 4),
            f"        outcomes[place] = {name}_outcome(result)",
        ]
    else:
        lines += [
            laid_out(results, "for result in ", ":", 4),
            laid_out(_index(writer, table, (*at, "index")), "place = ", "", 8),
            f"        outcomes[place] = {name}_outcome(result)",
        ]
    return [*lines, "    return Outcomes(outcomes)"]


def _index(writer: Writer, table: ResultsTable, at: tuple[str, ...]) -> Entries:
    """Return the call that reads the place of an item out of its result."""
    if "[*]" in f"{table.index}":
        writer.refuse(at, "a result of several items")
    index = at_path(writer, "index_at", "result", table.index or "$", at)
    named: list[tuple[str, Code]] = []
    if table.index_pattern is not None:
        named.append(("pattern=", literal(table.index_pattern)))
    if table.index_from:
        named.append(("first=", literal(table.index_from)))
    return Entries(index.start, (*index.entries, *named), index.end)
