"""What a destination declares: fields that explain themselves, actions that can run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import attrs

from portcall.actions import Action
from portcall.actions.fql import Subscription
from portcall.destination import Destination
from portcall.errors import HookError, MappingError, SubscriptionError
from portcall.fields import Field, fields_of, json_schema
from portcall.fields.declaring import NAMED

_SECRET_NAME: Final = re.compile(r"(?:.*_)?(?:secret|password|token|api_key|private_key)")


def own_class(destination: Destination) -> type[Any] | None:
    """Return what the destination's own ``auth_fields`` answers, without its scheme's."""
    stack = destination.stack
    return stack.auth_fields()[0] if stack.answers("auth_fields", stack.layers[-1]) else None


def about_fields(destination: Destination) -> Iterator[str]:
    """Find settings that a person could not fill in, or that would show what is secret."""
    cls = own_class(destination)
    if cls is None:
        return
    for where, field, said in _declared(cls):
        yield from _about_label(f"setting {where!r}", field, said)
        if said is not None and not said.description.strip():
            yield f"setting {where!r} has no description: say in a sentence where its value is found"
        if field.kind == "string" and _SECRET_NAME.fullmatch(field.name):
            yield f"setting {where!r} looks secret but is a str: annotate it as portcall.Secret"
    json_schema(destination.settings_class)


def about_actions(destination: Destination) -> Iterator[str]:
    """Find actions that could not be offered or run."""
    actions = destination.stack.actions()
    if not actions:
        yield "it has no actions: return what it can do with an event from the hook actions"
    for name, times in Counter(action.name for action in actions).items():
        if times > 1:
            yield f"{times} actions are called {name!r}: rename all functions but one"
    for action in actions:
        yield from (f"action {action.name!r} {fault}" for fault in _about_action(action))


def _about_action(action: Action) -> Iterator[str]:
    if not action.title.strip():
        yield "has no title: say in two or three words what it does"
    if not action.description.strip():
        yield "has no docstring: its first paragraph is what people read about it"
    try:
        for where, field, said in _declared(action.payload_class):
            yield from _about_label(f"field {where!r}", field, said)
        for mode in (None, *action.sync_modes):
            json_schema(action.payload_class, sync_mode=mode)
        tuple(action.fields)  # refuses conditions on a sync mode that the action does not have
    except HookError as error:
        yield f"has a payload class that cannot be used: {error}"
        return
    try:
        action.mapping({})
    except MappingError as error:
        yield f"has default mappings that cannot be used: {error}"
    try:
        if action.subscribe:
            Subscription.parse(action.subscribe)
    except SubscriptionError as error:
        yield f"has a subscription that does not parse: {error}"


def _about_label(what: str, field: Field, said: Any) -> Iterator[str]:
    if said is None:
        yield f"{what} is a bare annotation: declare it with portcall.field(label=...)"
    elif not said.label.strip() or said.label == field.name:
        yield f"{what} has no label: give it the words a person would use"


def _declared(cls: type[Any], prefix: str = "") -> Iterator[tuple[str, Field, Any]]:
    """Return each input of *cls* and of the classes in it: dotted name, field, what was said of it."""
    said = {a.name: a.metadata.get(NAMED) for a in attrs.fields(cls)}
    for field in fields_of(cls):
        where = f"{prefix}{field.name}"
        yield where, field, said.get(field.name)
        inner = field.item if field.item is not None else field
        if attrs.has(inner.type):
            yield from _declared(inner.type, f"{where}.")
