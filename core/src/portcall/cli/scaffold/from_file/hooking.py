"""The hooks of a destination file as functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, get_type_hints

import attrs

from portcall.cli.scaffold.from_file.acting import definition
from portcall.cli.scaffold.from_file.expressions import Names
from portcall.cli.scaffold.from_file.layout import (
    Code,
    Entries,
    call,
    condition,
    constant,
    laid_out,
    listed,
    literal,
    one_line,
    table,
)
from portcall.cli.scaffold.from_file.requesting import request
from portcall.cli.scaffold.from_file.writer import Writer, at_path, tests_of
from portcall.declarative.call_documents import AnswerTable, IdentityTable
from portcall.declarative.declarations import declared_hook
from portcall.declarative.documents import DestinationTable

_ON_ONE_LINE: Final = 80
_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}")


def hooks_code(
    writer: Writer, destination: DestinationTable, scheme: object, declared: Any
) -> list[str]:
    """Return the blocks of ``__init__.py`` after its imports, without the actions."""
    source = "portcall"
    if declared is not None:
        source = declared_hook(scheme, destination.scheme)[1].__module__.partition(".")[0]
    writer.need(source, "hookimpl")
    blocks = []
    if destination.methods:
        writer.refuse(("methods",), "a choice of methods")
    if destination.scheme != "custom":
        blocks.append(
            _hook("auth_scheme", [], "str", [f"    return {literal(destination.scheme)}"])
        )
    if destination.fields:
        writer.need(".settings", "Settings")
        blocks.append(_hook("auth_fields", [], "type[Settings]", ["    return Settings"]))
    blocks.append(_hosts(writer, destination))
    if declared is not None:
        blocks.append(_declaration(writer, destination, scheme, declared))
    blocks.append(_options(writer, destination))
    if destination.identity is not None:
        blocks.append(_identity(writer, destination, destination.identity))
    if destination.answers:
        blocks.append(_classifier(writer, destination.answers))
    names = [*destination.actions, *(["delete"] if destination.on_delete else [])]
    writer.need("portcall", "Action")
    if names:
        writer.need(".actions", *names)
    given = laid_out(listed([*names]), "return ", "", 4)
    blocks.append(_hook("actions", [], "list[Action]", [given]))
    return blocks


def _hook(name: str, parameters: list[Code], answer: str, lines: list[str]) -> str:
    return "\n".join([f"@hookimpl.{name}", definition(name, parameters, answer), *lines])


def _hosts(writer: Writer, destination: DestinationTable) -> str:
    names = Names(writer, destination.fields)
    known: list[Code] = []
    patterns: list[Code] = []
    for n, host in enumerate(destination.hosts):
        name = host.strip("{ }").removeprefix("settings.").strip()
        if re.fullmatch(r"\{\{[^{}|]*\}\}", host):
            known.append(literal(f"{{{name}}}"))
            patterns.append(known[-1])
        else:
            known.append(names.plain_text(host, ("hosts", f"{n}")))
            patterns.append(literal(_PLACEHOLDER.sub("*", host)))
    given = laid_out(listed(known), "return ", "", 4)
    if known == patterns:
        return _hook("allowed_hosts", [], "list[str]", [given])
    names.used.discard("settings")
    writer.need(".settings", "Settings")
    before = laid_out(listed(patterns), "return ", "", 8)
    lines = ["    if settings is None:  # asked before there is a connection", before, given]
    return _hook("allowed_hosts", ["settings: Settings | None"], "list[str]", lines)


def _options(writer: Writer, destination: DestinationTable) -> str:
    given, names = destination.request, Names(writer, destination.fields)
    entries: dict[str, Code] = {}
    if given.base_url is not None:
        entries["base_url"] = names.plain_text(given.base_url, ("request", "base_url"))
    headers = {n: _text(names, v, ("request", "headers", n)) for n, v in given.headers.items()}
    query = {n: names.json(v, ("request", "query", n)) for n, v in given.query.items()}
    for name, members in (("headers", headers), ("query", query)):
        if members:
            entries[name] = names.members(members)
    for name, value in (("username", given.username), ("password", given.password)):
        if value is not None:
            entries[name] = _text(names, value, ("request", name))[0]
    if given.limits is not None:
        limits = {k: literal(v) for k, v in attrs.asdict(given.limits).items() if v is not None}
        entries["limits"] = call("Limits", **limits)
        writer.need("portcall", "Limits")
    writer.need("portcall", "RequestOptions")
    lines = [laid_out(call("RequestOptions", **entries), "return ", "", 4)]
    return _hook("extend_request", names.parameters(), "RequestOptions", lines)


def _text(names: Names, source: str, at: tuple[str, ...]) -> tuple[Code, bool]:
    code, value = names.text(source, at)
    if value is not None and value.kind not in {"string", "secret", "text"}:
        names.writer.refuse(at, f"`{value.code}`, which is not text,")
    return code, value is not None and value.optional


def _identity(writer: Writer, destination: DestinationTable, identity: IdentityTable) -> str:
    names = Names(writer, destination.fields)
    sent = request(names, identity, ("identity",))
    writer.need("portcall", "Client")
    parameters = names.parameters(("client", "Client"))
    lines = [laid_out(writer.helper("read_json", sent), "answer = ", "", 4)]
    if identity.name is None and identity.proof is None:
        lines = [laid_out(sent, indent=4)]
    if identity.proof is not None:
        writer.need("portcall", "AuthenticationError")
        read = at_path(writer, "first_at", "answer", identity.proof, ("identity", "proof"))
        test = writer.helper("is_any", read, "None", '""', "False", "0")
        words = (
            f"the answer is the one without credentials: it has nothing at {identity.proof}; "
            "check the credentials"
        )
        raised = Entries("AuthenticationError(", (("", literal(words)),), ")")
        lines += [condition([test], 4), laid_out(raised, "raise ", "", 8)]
    if identity.name is None:
        lines.append("    return None")
    else:
        read = at_path(writer, "text_at", "answer", identity.name, ("identity", "name"))
        if len(one_line(read)) <= _ON_ONE_LINE:
            lines.append(f"    return {one_line(read)} or None")
        else:
            lines += [laid_out(read, "name = ", "", 4), "    return name or None"]
    return _hook("test_authentication", parameters, "str | None", lines)


def _classifier(writer: Writer, rules: list[AnswerTable]) -> str:
    writer.need("portcall", "Kind", "Response", "Verdict")
    lines = []
    if any(rule.where or rule.reason or rule.retry_after_s for rule in rules):
        body = writer.helper("read_json", "response")
        lines.append(laid_out(body, "body = ", "", 4))
    for n, rule in enumerate(rules):
        lines += _rule(writer, rule, ("answers", f"{n}"))
    lines.append("    return None")
    return _hook("classify_response", ["response: Response"], "Verdict | None", lines)


def _rule(writer: Writer, rule: AnswerTable, at: tuple[str, ...]) -> list[str]:
    tests: list[Code] = []
    statuses = rule.status if isinstance(rule.status, list) else [rule.status]
    if rule.status is not None and len(statuses) == 1:
        tests.append(f"response.status == {statuses[0]}")
    elif rule.status is not None:
        tests.append(f"response.status in ({', '.join(map(str, statuses))})")
    tests += [
        f"response.headers.get({literal(name)}) == {literal(value)}"
        for name, value in rule.headers.items()
    ]
    texts = rule.contains if isinstance(rule.contains, list) else [rule.contains]
    if rule.contains is not None:
        found = [f"{literal(text)}.encode() in response.body" for text in texts]
        tests.append(found[0] if len(found) == 1 else f"any(({', '.join(found)}))")
    tests += tests_of(writer, rule.where, "body", (*at, "where"))
    entries: dict[str, Code] = {}
    if rule.means in {"throttled", "unavailable"}:
        if rule.retry_after_s is None:
            writer.need("portcall", "retry_after")
            entries["retry_at"] = "retry_after(response)"
        else:
            read = at_path(writer, "first_at", "body", rule.retry_after_s, (*at, "retry_after_s"))
            entries["retry_at"] = writer.helper("retry_time", "response", read)
    if rule.reason is not None:
        entries["reason"] = at_path(writer, "text_at", "body", rule.reason, (*at, "reason"))
    if rule.not_applied:
        entries["not_applied"] = "True"
    verdict = call("Verdict", f"Kind.{rule.means.upper()}", **entries)
    return [condition(tests, 4), laid_out(verdict, "return ", "", 8)]


def _declaration(
    writer: Writer, destination: DestinationTable, scheme: object, declared: Any
) -> str:
    name = destination.scheme
    hook, cls = declared_hook(scheme, name)
    names = Names(writer, destination.fields)
    made = _built(names, cls, declared, (name,))
    lines = [laid_out(made, "return ", "", 4)]
    if "auth" in names.used:
        writer.refuse((name,), "`auth` in what is declared to the scheme")
    return _hook(hook, names.parameters(), cls.__name__, lines)


def _built(
    names: Names, cls: type[Any], declared: Mapping[str, Any], at: tuple[str, ...]
) -> Entries:
    source = cls.__module__.partition(".")[0]
    names.writer.need(source, cls.__name__)
    hints = get_type_hints(cls)
    entries: dict[str, Code] = {}
    for name, node in declared.items():
        if isinstance(node, dict | list) and "portcall" in f"{hints.get(name)}":
            names.writer.refuse((*at, name), f"`{name}` of {cls.__name__}")
        entries[name] = _leaf(names, node, (*at, name))
    return call(cls.__name__, **entries)


def _leaf(names: Names, node: Any, at: tuple[str, ...]) -> Code:
    if isinstance(node, str):
        return names.text(node, at)[0] if _PLACEHOLDER.search(node) else literal(node)
    if isinstance(node, dict):
        return table((name, _leaf(names, each, (*at, name))) for name, each in node.items())
    if isinstance(node, list):
        return listed([_leaf(names, each, (*at, f"{n}")) for n, each in enumerate(node)])
    return constant(node)
