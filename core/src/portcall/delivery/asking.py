"""What a person or a host asks of an action, apart from delivering events."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from portcall.actions.action import Action
from portcall.actions.choices import Choices
from portcall.errors import HookError, SettingsError
from portcall.fields import validate


def list_choices(
    action: Action, field: str, given: Mapping[str, Any], *, query: str, page: str | None
) -> Choices:
    """Ask an action for the values of one of its dynamic fields.

    Args:
        action: The action.
        field: The field's name.
        given: ``client``, ``settings``, ``auth`` and ``payload``.
        query: What the person typed.
        page: ``next_page`` of the page before; None for the first.

    Raises:
        SettingsError: The action lists no values for this field.
        HookError: It gave something else than `Choices`.
    """
    callee = action.aside(f"choices {field}")
    if callee is None:
        known = [each.name for each in action.fields if action.aside(f"choices {each.name}")]
        near = get_close_matches(field, known, n=1) or known
        hint = f"; it does for {', '.join(near)}" if near else ""
        raise SettingsError(f"action {action.name!r} lists no choices for {field!r}{hint}")
    found = callee({**given, "query": query, "page": page})
    if not isinstance(found, Choices):
        raise HookError(
            f"the choices for {field!r} of {action.name!r} are {type(found).__name__}; "
            "they must be Choices"
        )
    return found if "query" in callee.names or not query else found.matching(query)


def ask(action: Action, what: str, given: dict[str, Any], own: Mapping[str, Any]) -> Any:
    """Call what an author added to an action: ``on_save``, ``create_audience``, ``get_audience``.

    Args:
        action: The action.
        what: The name of the decorator.
        given: What the caller knows.
        own: ``client``, ``settings`` and ``auth``.

    Raises:
        SettingsError: The action has none, or what a person filled in cannot be used.
    """
    callee = action.aside(what)
    if callee is None:
        raise SettingsError(f"action {action.name!r} has no {what}")
    if "payload" in callee.names:
        cls = callee.annotation("payload", f"{what} of {action.name!r}")
        given = {**given, "payload": validate(cls, given.get("payload") or {}, what=action.name)}
    given = {**given, **own}
    missing = [name for name in callee.names if name not in given]
    if missing:
        raise SettingsError(f"{what} of action {action.name!r} needs {', '.join(missing)}")
    return callee(given)
