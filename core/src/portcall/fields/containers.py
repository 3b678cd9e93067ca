"""Converters for lists and objects, out of the converters for what they hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from portcall.fields.coercion import Converter, scalar
from portcall.fields.describing import Field
from portcall.fields.refusals import Reason, Refused, joined, refused, shown
from portcall.secret import Secret

Nested = Callable[[type], Converter]
"""Gives the converter for an attrs class."""


def converter(field: Field, nested: Nested) -> Converter:
    """Build the converter for a field of any kind.

    Args:
        field: As described.
        nested: Asked for the converter of an attrs class inside the field.
    """
    if field.kind == "list":
        return _list(field, nested)
    if field.kind == "object":
        return (
            _object(field, nested(field.type)) if attrs.has(field.type) else _mapping(field, nested)
        )
    return scalar(field)


def _item(field: Field | None, nested: Nested) -> Converter:
    if field is None:
        return lambda value: value
    convert = converter(field, nested)
    if not field.nullable:
        return convert
    return lambda value: None if value is None else convert(value)


def _list(field: Field, nested: Nested) -> Converter:
    convert = _item(field.item, nested)
    refusal = refused("a list: separated by commas, or in JSON")

    def convert_all(value: Any) -> Any:
        given = _list_from(_read(value, field))
        if given is None:
            return refusal
        done = [convert(each) for each in given]
        reasons = [_below(r, str(i), f"item {i + 1}") for i, d in enumerate(done) for r in _why(d)]
        return Refused(tuple(reasons)) if reasons else field.type(done)

    return convert_all


def _list_from(value: Any) -> list[Any] | tuple[Any, ...] | None:
    """Read a list as it is, or out of one line of text."""
    if isinstance(value, str) and not value.lstrip().startswith("["):
        return [part.strip() for part in value.split(",") if part.strip()]
    read = _json(value) if isinstance(value, str) else value
    return read if isinstance(read, list | tuple) else None


def _object(field: Field, convert: Converter) -> Converter:
    def convert_all(value: Any) -> Any:
        given = _read(value, field)
        return convert(_json(given) if isinstance(given, str) else given)

    return convert_all


def _mapping(field: Field, nested: Nested) -> Converter:
    convert = _item(field.item, nested)
    refusal = refused('an object with text as keys, such as `{"key": "value"}`')

    def convert_all(value: Any) -> Any:
        given = _read(value, field)
        given = _json(given) if isinstance(given, str) else given
        if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
            return refusal
        done = {key: convert(each) for key, each in given.items()}
        reasons = [_below(r, shown(k), f"`{shown(k)}`") for k, d in done.items() for r in _why(d)]
        return Refused(tuple(reasons)) if reasons else done

    return convert_all


def _read(value: Any, field: Field) -> Any:
    """Open a secret that holds the text of several; each of them becomes a secret again."""
    return value.reveal() if isinstance(value, Secret) and field.secret else value


def _why(done: Any) -> tuple[Reason, ...]:
    return done.reasons if isinstance(done, Refused) else ()


def _below(reason: Reason, step: str, name: str) -> Reason:
    """Say that a reason was found one step further down."""
    label = f", {name}{', ' if reason.label[:1] not in {'', ','} else ''}{reason.label}"
    return Reason(reason.rest, joined(step, reason.path), label)


def _json(text: str) -> Any:
    """Read JSON as RFC 8259 has it, or give None; depth and number size are the reader's limits."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(name)
