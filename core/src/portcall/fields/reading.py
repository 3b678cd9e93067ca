"""From an attrs class to the description of its inputs, and what its author got wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.errors import HookError
from portcall.fields.conditions import Condition
from portcall.fields.declaring import NAMED, Dynamic, Said, dynamic
from portcall.fields.describing import COMPARABLE, Field
from portcall.fields.formats import FORMATS, closest
from portcall.fields.shapes import ANYTHING, Shape, place, resolved, shape_of

_ACRONYMS: Final = {"api", "id", "ip", "sms", "uri", "url"}
_NUMBERS: Final = {"integer", "number"}
_TEXTS: Final = {"string", "secret"}


def describe(cls: type, attribute: attrs.Attribute[Any], within: tuple[type, ...] = ()) -> Field:
    """Read one attribute of an attrs class; its default is not looked at yet.

    Args:
        cls: An attrs class.
        attribute: One of its attributes.
        within: The classes this one is nested in.

    Raises:
        HookError: The annotation or the declaration cannot be used; names class and field.
    """
    where = place(cls, attribute.name)
    said = attribute.metadata.get(NAMED) or Said(
        label=label_from(attribute.alias or attribute.name)
    )
    shape = shape_of(resolved(cls, attribute), where)
    if said.multiple is not None and said.multiple != (shape.kind == "list"):
        if not (said.multiple and shape == ANYTHING):
            raise HookError(f"{where}: multiple={said.multiple} contradicts the annotation")
        shape = Shape("list", list, nullable=True, item=ANYTHING)
    return _field(said, attribute, shape, (*within, cls))


def label_from(name: str) -> str:
    """Make a label of a name: ``api_key`` becomes ``API key``."""
    words = [w.upper() if w in _ACRONYMS else w for w in name.strip("_").split("_")]
    text = " ".join(words) or name
    return text[:1].upper() + text[1:]


def _field(
    said: Said, attribute: attrs.Attribute[Any], shape: Shape, within: tuple[type, ...]
) -> Field:
    where = place(within[-1], attribute.name)
    _check_said(said, shape, where)
    given = attribute.default is not attrs.NOTHING
    # A default of None says "may be left out", which a condition can take back.
    has_value = given and not (attribute.default is None and isinstance(said.required, Mapping))
    required, required_if = _required(said, given=has_value, nullable=shape.nullable)
    absent = not given and (not required or said.depends_on is not None)
    if absent and not shape.nullable and attribute.init:
        raise HookError(
            f"{where}: the field may be left out; give it a default or annotate it `... | None`"
        )
    return attrs.evolve(
        _with_shape(said, attribute.alias or attribute.name, shape, within),
        description=said.description,
        required=required,
        required_if=required_if,
        default_mapping=said.default_mapping,
        placeholder=said.placeholder,
        depends_on=said.depends_on or None,
        category=said.category,
    )


def _with_shape(said: Said, name: str, shape: Shape, within: tuple[type, ...]) -> Field:
    """Describe values of a shape; what was said of a list is said of its items, too."""
    return Field(
        name=name,
        label=said.label,
        kind=shape.kind,
        type=shape.type,
        nullable=shape.nullable,
        choices=_choices(said, shape),
        format=said.format,
        minimum=said.minimum,
        maximum=said.maximum,
        fields=_nested(shape.type, within) if attrs.has(shape.type) else (),
        item=None if shape.item is None else _with_shape(said, "", shape.item, within),
    )


def _nested(cls: type, within: tuple[type, ...]) -> tuple[Field, ...]:
    if cls in within:
        raise HookError(f"{cls.__module__}.{cls.__qualname__} contains itself; a form cannot")
    return tuple(describe(cls, a, within) for a in attrs.fields(cls) if a.init)


def _required(said: Said, *, given: bool, nullable: bool) -> tuple[bool, Condition | None]:
    """Return whether it has to be given: always, or under which condition."""
    if given:
        return False, None
    if said.required is None:
        return not nullable, None
    if isinstance(said.required, bool):
        return said.required, None
    return (False, said.required) if said.required else (True, None)


def _choices(said: Said, shape: Shape) -> tuple[tuple[object, str], ...] | Dynamic | None:
    if said.choices is None:
        return tuple(_pair(v) for v in shape.literals) or None
    return dynamic if said.choices is dynamic else tuple(_pair(v) for v in said.choices)


def _pair(choice: object) -> tuple[object, str]:
    if isinstance(choice, tuple | list):
        value, label = choice
        return value, str(label)
    return choice, str(choice)


def _check_said(said: Said, shape: Shape, where: str) -> None:
    """Refuse what could never work, when the plugin is loaded and not when a customer types."""
    leaf = shape
    while leaf.item is not None:
        leaf = leaf.item
    if not said.label or not isinstance(said.label, str):
        raise HookError(f"{where}: a field needs a label")
    if said.format is not None and said.format not in FORMATS:
        known = ", ".join(FORMATS)
        hint = closest(str(said.format), FORMATS)
        raise HookError(f"{where}: unknown format `{said.format}`{hint} (known: {known})")
    if said.format is not None and leaf.kind not in _TEXTS:
        raise HookError(f"{where}: format is for text, and this is of kind {leaf.kind}")
    bounds = (said.minimum, said.maximum)
    if bounds != (None, None) and leaf.kind not in _NUMBERS:
        raise HookError(
            f"{where}: minimum and maximum are for numbers; this is of kind {leaf.kind}"
        )
    if said.choices is not None and leaf.kind not in COMPARABLE:
        raise HookError(f"{where}: a field of kind {leaf.kind} cannot have choices")
    _check_choices(said.choices, where)


def _check_choices(choices: object, where: str) -> None:
    if choices is None or choices is dynamic:
        return
    pairs = isinstance(choices, list | tuple) and choices
    if not pairs or any(isinstance(c, list | tuple) and len(c) != 2 for c in choices):  # type: ignore[attr-defined]
        raise HookError(
            f"{where}: choices are `dynamic`, or a list of values or (value, label) pairs"
        )
