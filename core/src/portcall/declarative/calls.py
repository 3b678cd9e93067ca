"""One request of a destination file, compiled: which method, where to, with which body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from portcall.declarative.call_documents import METHODS, CallTable
from portcall.declarative.scopes import Report, Scope
from portcall.declarative.templates import (
    Render,
    Values,
    text_template,
    url_template,
    value_template,
)
from portcall.model.http_response import Response
from portcall.requests.client import Client
from portcall.requests.composing import basic_authorization

Call: TypeAlias = Callable[[Client, Values], Response]


def compile_call(
    table: CallTable,
    at: tuple[str, ...],
    scope: Scope,
    *,
    default_body: Render | None = None,
    raises: bool = True,
    idempotent: bool | None = None,
) -> Call:
    """Compile a request.

    Args:
        table: Has one method and at most one body.
        at: Path of the table.
        scope: What its templates may name.
        default_body: The JSON to send where the table has no body and the method takes one.
        raises: Raise for an answer that is not a success.
        idempotent: The request may be sent twice; by default the method decides.
    """
    method, url = method_of(table, at, scope.report)
    address = url_template(url, (*at, method), scope)
    options = options_of(table, at, scope)
    body = body_of(table, at, scope)
    if body is None and default_body is not None and method in {"post", "put", "patch"}:
        body = "json", default_body

    def call(client: Client, values: Values) -> Response:
        given = {name: render(values) for name, render in options.items()}
        if body is not None:
            given[body[0]] = body[1](values)
        return client(
            address(values),
            method=method.upper(),
            raise_for_status=raises,
            idempotent=idempotent,
            **given,
        )

    return call


def method_of(table: CallTable, at: tuple[str, ...], report: Report) -> tuple[str, str]:
    """Return the method of a request and its URL; none or two are reported."""
    given = [(name, url) for name in METHODS if (url := getattr(table, name)) is not None]
    if len(given) != 1:
        report(at, f"a request has one of {', '.join(METHODS)}; this one has {len(given)} of them")
    return given[0] if given else ("get", "")


def options_of(table: CallTable, at: tuple[str, ...], scope: Scope) -> dict[str, Render]:
    """Compile headers and query of a request; one whose value is missing is left out."""
    headers = {n: text_template(v, (*at, "headers", n), scope) for n, v in table.headers.items()}
    if table.username is not None or table.password is not None:
        headers["Authorization"] = _basic(table, at, scope)
    query = {n: value_template(v, (*at, "query", n), scope) for n, v in table.query.items()}
    parts = {"headers": headers, "query": query}
    return {name: _members(renders) for name, renders in parts.items() if renders}


def _basic(table: CallTable, at: tuple[str, ...], scope: Scope) -> Render:
    """Compile the header of HTTP Basic (RFC 7617 §2)."""
    user, password = (
        text_template(getattr(table, name) or "", (*at, name), scope)
        for name in ("username", "password")
    )

    return lambda values: basic_authorization(user(values) or "", password(values) or "")


def body_of(table: CallTable, at: tuple[str, ...], scope: Scope) -> tuple[str, Render] | None:
    """Compile the body of a request; None for none. Two are reported."""
    given = [name for name in ("json", "form", "body") if getattr(table, name) is not None]
    if len(given) > 1:
        scope.report(at, f"a request has one body; this one has {' and '.join(given)}")
    if not given:
        return None
    name = given[0]
    value = getattr(table, name)
    if name == "body":
        return name, text_template(value, (*at, name), scope)
    return name, value_template(value, (*at, name), scope)


def _members(renders: Mapping[str, Render]) -> Render:
    return lambda values: {
        name: value for name, render in renders.items() if (value := render(values)) is not None
    }
