"""What a plugin declares: the fields of its settings and of its payloads, as its author wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from portcall.checks.subject import Subject
from portcall.errors import HookError
from portcall.fields import Field, dynamic, fields_of, json_schema
from portcall.fields.declaring import NAMED
from portcall.raised import text_of


@attrs.frozen
class Input:
    """One declared field, with where it is.

    Args:
        owner: ``"setting"``, or ``"field"`` of an action.
        where: Its dotted name, for people.
        field: What it is.
        said: What its author said of it; None of a bare annotation.
        cls: The class that declares it.
    """

    owner: str
    where: str
    field: Field
    said: Any
    cls: type[Any]


def own_class(subject: Subject) -> type[Any] | None:
    """Return what the destination's own ``auth_fields`` answers, without its scheme's."""
    stack = subject.loaded.stack
    return stack.auth_fields()[0] if stack.answers("auth_fields", stack.layers[-1]) else None


def settings_of(subject: Subject) -> Iterator[Input]:
    """Return each field of the destination's own settings."""
    cls = own_class(subject)
    if cls is not None:
        yield from _declared_in(cls, "setting")


def inputs_of(subject: Subject) -> Iterator[Input]:
    """Return each field of the settings and of the payloads."""
    yield from settings_of(subject)
    for _, cls in payloads_of(subject):
        yield from _declared_in(cls, "field")


def payloads_of(subject: Subject) -> Iterator[tuple[Any, type[Any]]]:
    """Return each action with its payload class, except classes that PC128 is about."""
    for action in subject.actions:
        try:
            fields_of(action.payload_class)
        except HookError:
            continue
        yield action, action.payload_class


def unusable(subject: Subject) -> dict[str, str]:
    """Return why payload classes cannot be used, by their names."""
    found = {}
    for action in subject.actions if subject.destination is not None else ():
        try:
            tuple(action.fields)
            for mode in (None, *action.sync_modes):
                json_schema(action.payload_class, sync_mode=mode)
        except HookError as error:
            found[action.payload_class.__name__] = text_of(error)
    return found


def fields_in(cls: type[Any]) -> dict[str, Field]:
    """Return the fields of a class by their names."""
    return {field.name: field for field in fields_of(cls)}


def is_dynamic(field: Field) -> bool:
    """Return whether a function lists the choices of a field, or of its items."""
    return field.choices is dynamic or (field.item is not None and is_dynamic(field.item))


def _declared_in(cls: type[Any], owner: str, prefix: str = "") -> Iterator[Input]:
    """Return each input of *cls* and of the classes in it."""
    said = {a.name: a.metadata.get(NAMED) for a in attrs.fields(cls)}
    for field in fields_of(cls):
        yield Input(owner, f"{prefix}{field.name}", field, said.get(field.name), cls)
        inner = field.item if field.item is not None else field
        if attrs.has(inner.type):
            yield from _declared_in(inner.type, owner, f"{prefix}{field.name}.")
