"""The actions of a destination file as functions."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from keyword import iskeyword
from typing import Any, Final

import attrs

from portcall.actions.deletion import Deletion
from portcall.cli.scaffold.from_file.batching import batch_code
from portcall.cli.scaffold.from_file.expressions import Names
from portcall.cli.scaffold.from_file.fieldsets import camel, class_code
from portcall.cli.scaffold.from_file.layout import (
    Code,
    Entries,
    call,
    constant,
    laid_out,
    listed,
    literal,
)
from portcall.cli.scaffold.from_file.requesting import request
from portcall.cli.scaffold.from_file.writer import HELPERS, Writer, at_path
from portcall.declarative.actions import sends_alone
from portcall.declarative.call_documents import CallTable
from portcall.declarative.documents import ActionTable, ChoicesTable, DestinationTable, FieldTable

_TAKEN: Final = frozenset(
    {"action", "attrs", "client", "field", "items", "on_delete", "path", "payload"}
    | {"template", "dynamic", "settings", "auth", "result", *HELPERS}
)
_NOT_YET: Final = (
    "sync_modes", "full_sync", "cases", "on_save", "create_audience", "get_audience",
)  # fmt: skip


def actions_code(writer: Writer, destination: DestinationTable) -> list[str]:
    """Return the blocks of ``actions.py`` behind its imports."""
    blocks = []
    for name, table in destination.actions.items():
        blocks += _action(writer, name, table, destination.fields)
    if destination.on_delete is not None:
        blocks.append(_deletion(writer, destination.on_delete, destination.fields))
    return blocks


def _action(
    writer: Writer, name: str, table: ActionTable, settings: dict[str, FieldTable]
) -> list[str]:
    at = ("actions", name)
    if not name.isidentifier() or iskeyword(name) or name in _TAKEN or hasattr(builtins, name):
        writer.refuse(at, f"an action of the name `{name}`")
    for each in _NOT_YET:
        if getattr(table, each):
            writer.refuse((*at, each), f"`{each}`")
    if table.batch is not None and not sends_alone(table):
        writer.refuse((*at, "batch"), "a batch without a request for a single event")
        return []
    payload = f"{camel(name)}Payload"
    about = f"What the action {table.title!r} reads from an event."
    blocks = [class_code(writer, payload, about, table.fields, (*at, "fields"))]
    names = Names(writer, settings, table.fields)
    default: dict[str, Any] = {each: f"{{{{payload.{each}}}}}" for each in table.fields}
    sent = request(names, table, at, default_body=default, extra_headers=key_header(names, table))
    writer.need("portcall", "Client", "action")
    names.used.discard("payload")
    parameters = names.parameters(("client", "Client"), ("payload", payload))
    decorator = _decorator(writer, table)
    body = laid_out(sent, indent=4)
    about = documented(table.description or f"{table.title.rstrip('.')}.")
    blocks.append(f"{decorator}\n{definition(name, parameters, 'None')}\n{about}\n{body}")
    if table.batch is not None:
        blocks += batch_code(writer, name, table, settings, payload)
    for each, choices in table.choices.items():
        blocks.append(_choices(writer, name, each, choices, settings))
    return blocks


def key_header(names: Names, table: ActionTable) -> tuple[tuple[str, str], ...]:
    """Return the header of the idempotency key, where the action has one."""
    if table.idempotency_header is None:
        return ()
    names.used.add("idempotency_key")
    return ((table.idempotency_header, "idempotency_key"),)


def documented(text: str) -> str:
    """Return a docstring inside a function."""
    return f'    """{text}"""'


def definition(name: str, parameters: list[Code], answer: str) -> str:
    """Return the first lines of a function."""
    return laid_out(
        Entries("(", tuple(("", each) for each in parameters), ")"), f"def {name}", f" -> {answer}:"
    )


def _decorator(writer: Writer, table: ActionTable) -> str:
    entries: dict[str, Code] = {"title": literal(table.title)}
    if table.subscribe:
        entries["subscribe"] = literal(table.subscribe)
    if table.idempotent:
        entries["idempotent"] = "True"
    if table.presets:
        writer.need("portcall", "Preset")
        entries["presets"] = listed(
            [
                call("Preset", literal(each.name), literal(each.subscribe), constant(each.mapping))
                if each.mapping
                else call("Preset", literal(each.name), literal(each.subscribe))
                for each in table.presets
            ]
        )
    return laid_out(call("action", **entries), "@")


def _deletion(writer: Writer, table: CallTable, settings: dict[str, FieldTable]) -> str:
    payload = {f.name: FieldTable(label=f.name, required=False) for f in attrs.fields(Deletion)}
    names = Names(writer, settings, payload)
    sent = request(names, table, ("on_delete",))
    writer.need("portcall", "Client", "Deletion", "on_delete")
    parameters = names.parameters(("client", "Client"), ("payload", "Deletion"))
    about = documented("Forget a person.")
    head = definition("delete", parameters, "None")
    return f"@on_delete\n{head}\n{about}\n{laid_out(sent, indent=4)}"


def _choices(
    writer: Writer, name: str, field: str, table: ChoicesTable, settings: dict[str, FieldTable]
) -> str:
    at = ("actions", name, "choices", field)
    names = Names(writer, settings)
    asked = {table.page_query: "page", table.search_query: "query"}
    extra = ", ".join(f"{literal(n)}: {v}" for n, v in asked.items() if n)
    lines = []
    if extra:
        lines.append(f"    asked = {{name: given for name, given in {{{extra}}}.items() if given}}")
    sent = request(names, table, at, extra_query="asked" if extra else "")
    more = [("client", "Client")]
    if table.page_query or table.search_query:
        more.append(("page", "str | None"))
    parameters = names.parameters(*more)
    if table.search_query:
        parameters.append('query: str = ""')
    lines.append(laid_out(writer.helper("read_json", sent), "answer = ", "", 4))
    lines += [*_choices_of_answer(writer, table, at), *_choices_returned(writer, table, at)]
    writer.need("portcall", "Choices")
    writer.need("typing", "Any")
    head = definition(f"{name}_{field}_choices", parameters, "Choices")
    about = documented(f"List the values for {field}.")
    return "\n".join([f'@{name}.choices("{field}")', head, about, *lines])


def _choices_of_answer(writer: Writer, table: ChoicesTable, at: tuple[str, ...]) -> Iterator[str]:
    """Return the lines that read value and label of each choice in an answer."""
    value = at_path(writer, "first_at", "each", table.value, (*at, "value"))
    listing = at_path(writer, "each_at", "answer", table.items, (*at, "items"))
    yield "    items: list[tuple[Any, str]] = []"
    yield laid_out(listing, "for each in ", ":", 4)
    yield laid_out(value, "value = ", "", 8)
    yield "        if value is not None:"
    label = "value"
    if table.label is not None:
        read = at_path(writer, "first_at", "each", table.label, (*at, "label"))
        yield laid_out(read, "label = ", "", 12)
        label = "value if label is None else label"
    yield f'            items.append((value, f"{{{label}}}"))'


def _choices_returned(writer: Writer, table: ChoicesTable, at: tuple[str, ...]) -> Iterator[str]:
    """Return the lines that end the function: the choices, and the next page if there is one."""
    if table.next_url is not None:
        writer.refuse((*at, "next_url"), "the URL of the next page")
    if table.next_page is None:
        yield "    return Choices(items)"
        return
    read = at_path(writer, "first_at", "answer", table.next_page, (*at, "next_page"))
    yield laid_out(read, "further = ", "", 4)
    yield '    return Choices(items, None if further in (None, "") else f"{further}")'
