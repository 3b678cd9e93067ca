"""What an action of a destination file does apart from delivering: on save, and for audiences."""

from __future__ import annotations

from typing import Any, Final

from portcall.actions.action import Action
from portcall.actions.callee import Callee
from portcall.declarative.answers import body_of, first, json_path, shown
from portcall.declarative.calls import compile_call
from portcall.declarative.documents import ActionTable, AudienceTable, OnSaveTable
from portcall.declarative.fieldsets import fields_class
from portcall.declarative.scopes import Scope
from portcall.errors import MalformedResponseError, ResponseError
from portcall.fields import fields_of
from portcall.requests.client import Client

_GONE: Final = frozenset((404, 410))


def add_asides(action: Action, table: ActionTable, at: tuple[str, ...], scope: Scope) -> None:
    """Add what the action's tables ``on_save``, ``create_audience`` and ``get_audience`` say.

    Args:
        action: Gets them.
        table: Its table.
        at: Path of the table.
        scope: Settings and auth.
    """
    if table.on_save is not None:
        _add_on_save(action, table.on_save, (*at, "on_save"), scope)
    if table.create_audience is not None:
        made = _creator(table.create_audience, (*at, "create_audience"), scope)
        action.add_aside("create_audience", made)
    if table.get_audience is not None:
        action.add_aside("get_audience", _finder(table.get_audience, (*at, "get_audience"), scope))


def _add_on_save(action: Action, table: OnSaveTable, at: tuple[str, ...], scope: Scope) -> None:
    cls = fields_class(f"{action.name}_on_save", table.fields, (*at, "fields"), scope.report)
    names = frozenset(field.name for field in fields_of(cls))
    call = compile_call(table, at, Scope({**scope.known, "payload": names}, scope.report))
    paths = {
        name: json_path(path, (*at, "saved", name), scope.report)
        for name, path in table.saved.items()
    }

    def on_save(client: Client, settings: Any, auth: Any, payload: Any) -> dict[str, Any]:
        body = body_of(call(client, {"settings": settings, "auth": auth, "payload": payload}))
        return {name: first(path, body) for name, path in paths.items()}

    on_save.__annotations__["payload"] = cls
    action.add_aside("on_save", Callee(on_save, ("client", "settings", "auth", "payload")))


def _creator(table: AudienceTable, at: tuple[str, ...], scope: Scope) -> Callee:
    call = compile_call(table, at, Scope({**scope.known, "name": None}, scope.report))
    path = json_path(table.id, (*at, "id"), scope.report)

    def create_audience(client: Client, settings: Any, auth: Any, name: str) -> str:
        response = call(client, {"settings": settings, "auth": auth, "name": name})
        found = shown(first(path, body_of(response)))
        if not found:
            raise MalformedResponseError(f"the answer has no id of an audience at {table.id}")
        return found

    return Callee(create_audience, ("client", "settings", "auth", "name"))


def _finder(table: AudienceTable, at: tuple[str, ...], scope: Scope) -> Callee:
    call = compile_call(table, at, Scope({**scope.known, "audience_id": None}, scope.report))
    path = json_path(table.id, (*at, "id"), scope.report)

    def get_audience(client: Client, settings: Any, auth: Any, audience_id: str) -> str | None:
        try:
            response = call(
                client, {"settings": settings, "auth": auth, "audience_id": audience_id}
            )
        except ResponseError as refusal:
            if refusal.response.status in _GONE:
                return None
            raise
        return shown(first(path, body_of(response))) or None

    return Callee(get_audience, ("client", "settings", "auth", "audience_id"))
