"""From the tables of a destination file to a plugin with ordinary hookimpls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import product
from math import prod
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

import attrs

from portcall.declarative.actions import compile_action, compile_deletion
from portcall.declarative.answers import body_of, classifier, first, json_path, shown
from portcall.declarative.call_documents import IdentityTable, RequestTable
from portcall.declarative.calls import compile_call
from portcall.declarative.declarations import compile_declaration, declared_hook
from portcall.declarative.documents import METHOD, DestinationTable, FieldTable, MethodTable
from portcall.declarative.fieldsets import fields_class
from portcall.declarative.scopes import Report, Scope, scope_of
from portcall.declarative.templates import Render, Values, text_template, value_template
from portcall.errors import AuthenticationError, PortcallError
from portcall.fields import fields_of
from portcall.model.http_request import RequestOptions
from portcall.model.limits import Limits
from portcall.plugins.hookimpls import hookimpl
from portcall.requests.client import Client
from portcall.requests.composing import basic_authorization

LoadScheme: TypeAlias = Callable[[str], object]
_PLACEHOLDER: Final = re.compile(r"\{\{.*?\}\}")
_SETTING: Final = re.compile(r"\{\{\s*settings\.(\w+)")
_MOST_HOSTS: Final = 100


def compile_tables(
    table: DestinationTable, declared: Any, report: Report, load_scheme: LoadScheme
) -> object:
    """Compile a destination; what cannot work is reported."""
    fields = {**table.fields, **_method_fields(table.methods, report)}
    settings = fields_class("Settings", fields, ("fields",), report)
    scheme, theirs = _scheme(table.scheme, declared, report, load_scheme)
    known = frozenset(f.name for f in fields_of(settings)) | theirs
    scope = scope_of(known, report)
    hooks: dict[str, Callable[..., Any]] = {
        "auth_scheme": lambda: table.scheme,
        "auth_fields": lambda: settings,
        "allowed_hosts": _hosts(table, fields, scope.without("auth")),
        "extend_request": _extender(table, scope),
    }
    test = _identities(table, scope)
    if test is not None:
        hooks["test_authentication"] = test
    if table.answers:
        hooks["classify_response"] = classifier(table.answers, report)
    if declared is not None and scheme is not None:
        _declare(hooks, scheme, table.scheme, declared, table.methods, scope)
    actions = [
        compile_action(n, t, ("actions", n), scope, table.methods) for n, t in table.actions.items()
    ]
    if table.on_delete is not None:
        actions.append(compile_deletion(table.on_delete, ("on_delete",), scope))
    hooks["actions"] = lambda: actions
    return SimpleNamespace(**{name: hookimpl(function) for name, function in hooks.items()})


def _scheme(
    name: str, declared: Any, report: Report, load_scheme: LoadScheme
) -> tuple[object | None, frozenset[str]]:
    """Return the scheme's plugin and the names of its fields."""
    try:
        scheme = load_scheme(name)
        auth_fields = getattr(scheme, "auth_fields", None)
        theirs = fields_of(auth_fields()) if auth_fields is not None else ()
    except PortcallError as error:
        report(("scheme",), f"{error}")
        return None, frozenset()
    if declared is not None and not isinstance(declared, dict):
        report((name,), "must be a table")
    return scheme, frozenset(f.name for f in theirs)


def _method_fields(methods: Mapping[str, MethodTable], report: Report) -> dict[str, FieldTable]:
    """Return the fields of every method, which count where it is chosen, and the choice itself."""
    if not methods:
        return {}
    choice = FieldTable(
        label="Method",
        description="How to sign in.",
        default=next(iter(methods)),
        choices={name: method.label for name, method in methods.items()},
    )
    fields = {METHOD: choice}
    for name, method in methods.items():
        for each, field in method.fields.items():
            if each in fields:
                report(("methods", name, "fields", each), f"`{each}` is a field already")
            depends = {**(field.depends_on or {}), METHOD: name}
            fields[each] = attrs.evolve(field, depends_on=depends)
    return fields


def _hosts(
    table: DestinationTable, fields: Mapping[str, FieldTable], scope: Scope
) -> Callable[[Any], list[str]]:
    renders: list[Render] = []
    patterns: list[str] = []
    for n, host in enumerate(table.hosts):
        at = ("hosts", f"{n}")
        name = host.strip("{ }").removeprefix("settings.")
        is_whole = host.startswith("{{") and host.endswith("}}") and host.count("{{") == 1
        if is_whole and "|" not in host:
            scope.has(at, ["settings", name], f"settings.{name}")
            pattern = f"{{{name}}}"  # the origin of the URL in that setting
            renders.append(_always(pattern))
            patterns.append(pattern)
        else:
            renders.append(text_template(host, at, scope))
            patterns += _possible(host, renders[-1], fields)

    def allowed_hosts(settings: Any) -> list[str]:
        if settings is None:  # asked before there is a connection
            return patterns
        return [f"{render({'settings': settings})}" for render in renders]

    return allowed_hosts


def _possible(host: str, render: Render, fields: Mapping[str, FieldTable]) -> list[str]:
    """Return every host where only settings with choices stand in it, else the pattern of all."""
    names = _SETTING.findall(host)
    listed = [_listed(fields[name]) if name in fields else [] for name in names]
    if len(names) != host.count("{{") or not all(listed) or prod(map(len, listed)) > _MOST_HOSTS:
        return [_PLACEHOLDER.sub("*", host)]
    chosen = (dict(zip(names, values, strict=True)) for values in product(*listed))
    return [f"{render({'settings': each})}" for each in chosen]


def _listed(field: FieldTable) -> list[Any]:
    """Return the values of a field's choices; none where they are not all known."""
    return [*field.choices] if isinstance(field.choices, dict | list) else []


def _always(text: str) -> Render:
    return lambda _: text


def _extender(table: DestinationTable, scope: Scope) -> Callable[[Any, Any], RequestOptions]:
    shared = _options(table.request, ("request",), scope)
    methods = {
        name: _options(method.request, ("methods", name, "request"), scope)
        for name, method in table.methods.items()
    }

    alone = {name for name, method in table.methods.items() if method.scheme == "custom"}

    def extend_request(settings: Any, auth: Any) -> RequestOptions:
        values = {"settings": settings, "auth": auth}
        options = shared(values)
        chosen = methods.get(getattr(settings, METHOD, ""))
        if chosen is not None:
            options = {**options, **_merged(options, chosen(values))}
            if settings.method in alone and "username" in options:
                options = _with_basic(options)  # a token of the scheme's would be sent otherwise
        return RequestOptions(**options)

    return extend_request


def _with_basic(options: dict[str, Any]) -> dict[str, Any]:
    """Return options with user name and password as the header that they become."""
    pair = basic_authorization(options["username"], options.get("password") or "")
    rest = {name: value for name, value in options.items() if name not in {"username", "password"}}
    return {**rest, "headers": {**rest.get("headers", {}), "Authorization": pair}}


def _merged(weak: dict[str, Any], strong: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {**weak.get(name, {}), **value} if isinstance(value, dict) else value
        for name, value in strong.items()
    }


def _options(
    table: RequestTable, at: tuple[str, ...], scope: Scope
) -> Callable[[Values], dict[str, Any]]:
    texts = {
        name: text_template(value, (*at, name), scope)
        for name in ("base_url", "username", "password")
        if (value := getattr(table, name)) is not None
    }
    headers = {n: text_template(v, (*at, "headers", n), scope) for n, v in table.headers.items()}
    query = {n: value_template(v, (*at, "query", n), scope) for n, v in table.query.items()}
    limits = None if table.limits is None else Limits(**attrs.asdict(table.limits))

    def options(values: Values) -> dict[str, Any]:
        found = {name: render(values) for name, render in texts.items()}
        if "base_url" in found:
            found["base_url"] = f"{found['base_url']}"
        for name, members in (("headers", headers), ("query", query)):
            if members:
                given = ((n, render(values)) for n, render in members.items())
                found[name] = {n: value for n, value in given if value is not None}
        return found if limits is None else {**found, "limits": limits}

    return options


def _identities(table: DestinationTable, scope: Scope) -> Callable[..., str | None] | None:
    """Compile the test of the method that is chosen, or of all."""
    own = {
        name: _identity(method.identity, ("methods", name, "identity"), scope)
        for name, method in table.methods.items()
        if method.identity is not None
    }
    shared = None if table.identity is None else _identity(table.identity, ("identity",), scope)
    if not own:
        return shared

    def test_authentication(client: Client, settings: Any, auth: Any) -> str | None:
        test = own.get(getattr(settings, METHOD, ""), shared)
        return None if test is None else test(client, settings, auth)

    return test_authentication


def _identity(table: IdentityTable, at: tuple[str, ...], scope: Scope) -> Callable[..., str | None]:
    call = compile_call(table, at, scope)
    name = None if table.name is None else json_path(table.name, (*at, "name"), scope.report)
    proof = None if table.proof is None else json_path(table.proof, (*at, "proof"), scope.report)

    def ask(client: Client, settings: Any, auth: Any) -> str | None:
        body = body_of(call(client, {"settings": settings, "auth": auth}))
        if proof is not None and first(proof, body) in {None, "", False}:
            raise AuthenticationError(
                f"the answer is the one without credentials: it has nothing at {table.proof}; check the "
                "credentials"
            )
        return shown(first(name, body)) or None

    return ask


def _declare(
    hooks: dict[str, Callable[..., Any]],
    scheme: object,
    name: str,
    declared: Any,
    methods: Mapping[str, MethodTable],
    scope: Scope,
) -> None:
    try:
        hook, cls = declared_hook(scheme, name)
    except PortcallError as error:
        scope.report((name,), f"{error}")
        return
    build = compile_declaration(cls, declared, (name,), scope)
    without = {each for each, method in methods.items() if method.scheme == "custom"}

    def declare(settings: Any) -> Any:
        chosen = getattr(settings, METHOD, None)
        return None if chosen in without else build({"settings": settings})

    hooks[hook] = declare
