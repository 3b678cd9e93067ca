"""From declared fields to the controls of a form, and back to values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from portcall import Field, Secret
from portcall_server.web.forms import Form

PREFIX: Final = "f."
_JSON: Final = {"object", "any"}


@attrs.frozen
class Control:
    """One input of a form.

    Args:
        name: Of the form's field.
        field: What was declared.
        kind: ``text``, ``password``, ``select``, ``lines`` or ``json``.
        value: What it shows; always empty for a secret.
        options: Value and label of each choice.
        is_kept: A secret was given before, and stays if nothing is typed.
        depends: The condition under which it counts, as JSON; empty for always.
        required_if: The condition under which it is required, as JSON; empty for none.
    """

    name: str
    field: Field
    kind: str
    value: str = ""
    options: Sequence[tuple[str, str]] = ()
    is_kept: bool = False
    depends: str = ""
    required_if: str = ""

    @property
    def default(self) -> str:
        """What counts where nothing is given, as text; empty for nothing."""
        return _text(self.field.to_json().get("default"))

    @property
    def is_required(self) -> bool:
        """Nothing can be done without it."""
        unconditional = self.field.required and self.field.depends_on is None
        return unconditional and self.field.required_if is None and not self.is_kept


def controls(fields: Iterable[Field], values: Mapping[str, Any]) -> list[Control]:
    """Return the controls of a form for fields, filled in with values."""
    return [_control(field, values.get(field.name)) for field in fields]


def values_of(fields: Iterable[Field], form: Form, before: Mapping[str, Any]) -> dict[str, object]:
    """Read what was filled in, every secret of it as a `Secret`.

    Args:
        fields: What was declared.
        form: What was sent; what is empty was not given.
        before: The values so far: a secret that is not typed again stays.
    """
    values: dict[str, object] = {}
    for field in fields:
        text = form.text(f"{PREFIX}{field.name}")
        if field.secret:
            if form.has(f"forget.{field.name}"):
                continue
            if text:
                values[field.name] = _secret(field, text)
            elif field.name in before:
                values[field.name] = before[field.name]
        elif text.strip():
            values[field.name] = text.split("\n") if _is_lines(field) else text
    return values


def _control(field: Field, value: Any) -> Control:
    own: dict[str, Any] = {
        "name": f"{PREFIX}{field.name}",
        "field": field,
        "depends": _condition(field.depends_on),
        "required_if": _condition(field.required_if),
    }
    if field.secret:
        return Control(
            **own,
            kind="password" if field.kind == "secret" else "hidden lines",
            is_kept=value is not None,
        )
    text = _text(value)
    if isinstance(field.choices, tuple):
        options = [(_text(each), label) for each, label in field.choices]
        return Control(**own, kind="select", value=text, options=options)
    if field.kind == "boolean":
        return Control(**own, kind="select", value=text, options=[("true", "yes"), ("false", "no")])
    kind = "lines" if _is_lines(field) else "json" if field.kind in {*_JSON, "list"} else "text"
    return Control(**own, kind=kind, value=text)


def _is_lines(field: Field) -> bool:
    return field.kind == "list" and (field.item is None or field.item.kind not in {*_JSON, "list"})


def _secret(field: Field, text: str) -> object:
    if _is_lines(field):
        return [Secret(each) for each in text.split("\n") if each]
    return Secret(text)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return f"{value}".lower()
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return "\n".join(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def _condition(condition: object) -> str:
    return "" if condition is None else json.dumps(condition)
