"""Choices that the destination lists: the requests for their pages, and what the answers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portcall.actions.action import Action
from portcall.actions.callee import Callee
from portcall.actions.choices import Choices
from portcall.declarative.answers import body_of, first, json_path
from portcall.declarative.calls import compile_call
from portcall.declarative.documents import ChoicesTable
from portcall.declarative.scopes import Scope
from portcall.errors import HookError
from portcall.requests.client import Client


def add_choices(
    action: Action, field: str, table: ChoicesTable, at: tuple[str, ...], scope: Scope
) -> None:
    """Make the choices of a field what the destination lists.

    Args:
        action: Whose field it is.
        field: Its name.
        table: The request, and where its answer has the choices.
        at: The place of the table in the file.
        scope: Takes faults, with their places.
    """
    inner = Scope({**scope.known, "payload": None}, scope.report)
    call = compile_call(table, at, inner)
    report = scope.report
    items, value = (json_path(getattr(table, n), (*at, n), report) for n in ("items", "value"))
    label = None if table.label is None else json_path(table.label, (*at, "label"), report)
    next_page, next_url = (
        None if (path := getattr(table, n)) is None else json_path(path, (*at, n), report)
        for n in ("next_page", "next_url")
    )

    def choose(
        client: Client, payload: Any, settings: Any, auth: Any, page: str | None, query: str = ""
    ) -> Choices:
        if page is not None and next_url is not None:
            body = body_of(client.get(page))
        else:
            asked = {table.page_query: page, table.search_query: query}
            extra = {name: given for name, given in asked.items() if name and given}
            values = {"settings": settings, "auth": auth, "payload": payload}
            body = body_of(call(_with_query(client, extra), values))
        found = [(first(value, each), each) for each in items(body)]
        pairs = [(v, _label(first(label, each), v)) for v, each in found if v is not None]
        after = first(next_page or next_url, body)
        return Choices(pairs, None if after in {None, ""} else f"{after}")

    names = ("client", "payload", "settings", "auth", "page")
    callee = Callee(choose, (*names, "query") if table.search_query else names)
    try:
        action.choices(field)
    except HookError as error:
        report(at, f"{error}")
        return
    action.add_aside(f"choices {field}", callee)


def _label(found: Any, value: Any) -> str:
    return f"{value if found is None else found}"


def _with_query(client: Client, extra: Mapping[str, Any]) -> Any:
    def send(url: str, *, query: Mapping[str, Any] | None = None, **options: Any) -> Any:
        return client(url, query={**(query or {}), **extra}, **options)

    return send
