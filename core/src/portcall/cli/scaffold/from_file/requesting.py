"""The requests of a destination file as calls of the client."""

from __future__ import annotations

import re
from typing import Any, Final

from portcall.cli.scaffold.from_file.expressions import Names
from portcall.cli.scaffold.from_file.layout import Code, Entries, literal, table
from portcall.declarative.call_documents import CallTable
from portcall.declarative.calls import method_of

_MARK: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_SCALARS: Final = frozenset({"string", "secret", "text", "integer", "number", "boolean"})


def request(
    names: Names,
    call: CallTable,
    at: tuple[str, ...],
    *,
    default_body: dict[str, Any] | None = None,
    extra_headers: tuple[tuple[str, str], ...] = (),
    body: str | None = None,
    extra_query: str = "",
) -> Entries:
    """Return the call of the client that sends a request.

    Args:
        names: What its templates may name.
        call: The request's table.
        at: Path of the table.
        default_body: JSON to send where the table has no body and the method takes one.
        extra_headers: Names of header fields, and expressions.
        body: An expression for the body, in place of the table's own.
        extra_query: The expression of a dict of more parameters.
    """
    method, url = method_of(call, at, lambda *_: None)
    if call.username is not None or call.password is not None:
        names.writer.refuse((*at, "username"), "a user name of one request")
    entries: list[tuple[str, Code]] = _url(names, url, (*at, method))
    headers = {n: _header(names, v, (*at, "headers", n)) for n, v in call.headers.items()}
    lower = {name.lower() for name in headers}
    weak = {n: (v, False) for n, v in extra_headers if n.lower() == "content-type"}
    strong = {n: (v, False) for n, v in extra_headers if n.lower() != "content-type"}
    weak = {n: v for n, v in weak.items() if n.lower() not in lower}
    if all_headers := {**weak, **headers, **strong}:
        entries.append(("headers=", names.members(all_headers)))
    query = {n: _flat(names, v, (*at, "query", n)) for n, v in call.query.items()}
    if query or extra_query:
        entries.append(("query=", _query(names, query, extra_query)))
    if body is not None:
        entries.append(("body=", body))
    elif call.json is not None:
        entries.append(("json=", names.json(call.json, (*at, "json"))[0]))
    elif call.form is not None:
        form = {n: _flat(names, v, (*at, "form", n)) for n, v in call.form.items()}
        entries.append(("form=", table((n, code) for n, (code, _) in form.items())))
    elif call.body is not None:
        entries.append(("body=", names.plain_text(call.body, (*at, "body"))))
    elif default_body is not None and method in {"post", "put", "patch"}:
        entries.append(("json=", names.json(default_body, at)[0]))
    return Entries(f"client.{method}(", tuple(entries), ")")


def _url(names: Names, url: str, at: tuple[str, ...]) -> list[tuple[str, Code]]:
    marks = list(_MARK.finditer(url))
    if not marks:
        if "{" in url:
            names.writer.refuse(at, "a brace in a URL")
        return [("", literal(url))]
    if marks[0].start() == 0:
        if len(marks) > 1:
            names.writer.refuse(at, "a URL that begins with a value, and has more of them,")
        return [("", names.plain_text(url, at))]
    if "?" in url[: marks[-1].start()]:
        names.writer.refuse(at, "a value in the query of a URL (put it into `query`)")
    values: dict[str, Code] = {}
    parts, done = [], 0
    for mark in marks:
        value = names.value(mark[1], at)
        name = re.sub(r"\W", "_", mark[1].rpartition(".")[2])
        code = value.code.replace("'", '"')
        if values.get(name, code) != code:
            name = re.sub(r"\W", "_", mark[1])
        if value.kind in {"string", "secret", "text"}:
            values[name] = f'{code} or ""' if value.optional else code
        elif value.kind == "integer" and not value.optional:
            values[name] = code
        else:
            names.writer.refuse(
                at, f"`{mark[1]}` in a URL, which is neither a text nor an integer,"
            )
        parts += [_doubled(url[done : mark.start()]), f"{{{name}}}"]
        done = mark.end()
    template = "".join([*parts, _doubled(url[done:])])
    return [("", literal(template)), ("path=", table(values.items()))]


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _header(names: Names, source: str, at: tuple[str, ...]) -> tuple[Code, bool]:
    code, value = names.text(source, at)
    if value is not None and value.kind not in {"string", "secret", "text"}:
        names.writer.refuse(at, f"the header of `{value.code}`, which is not text,")
    return code, value is not None and value.optional


def _flat(names: Names, node: Any, at: tuple[str, ...]) -> tuple[Code, bool]:
    """Return a value of a query or a form."""
    if isinstance(node, dict) and not any(key.startswith("@") for key in node):
        names.writer.refuse(at, "a table as one value of a query or a form")
        return "None", True
    if isinstance(node, str):
        code, value = names.text(node, at)
        if value is not None and value.kind not in _SCALARS:
            names.writer.refuse(at, f"`{value.code}`, which is neither text nor number,")
        return code, value is not None and value.optional
    return names.json(node, at)


def _query(names: Names, query: dict[str, tuple[Code, bool]], extra: str) -> Code:
    if not query:
        return extra
    made = names.members(query)
    if not extra:
        return made
    if isinstance(made, Entries) and made.start == "{":
        return Entries("{", (*made.entries, ("**", extra)), "}")
    return Entries("{", (("**", made), ("**", extra)), "}")
