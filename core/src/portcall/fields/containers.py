"""Converters for lists and objects, out of the converters for what they hold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from portcall.fields.coercion import Converter, scalar
from portcall.fields.describing import Field
from portcall.fields.event_values import of_event
from portcall.fields.refusals import Reason, Refused, joined, refused, shown
from portcall.secret import Secret

LIST: Final = "a list: separated by commas, or in JSON"

_ONE: Final = (int, float, Mapping)
"""What an event may have in the place of a list of one; a text is read as a list anyway."""

Nested = Callable[[type], Converter]
"""Return the converter for an attrs class."""


def converter(field: Field, nested: Nested, *, lenient: bool = False) -> Converter:
    """Build the converter for a field of any kind.

    Args:
        field: As described.
        nested: Asked for the converter of an attrs class inside the field.
        lenient: Its values come out of events; see `of_event`.
    """
    if field.kind == "list":
        return _list(field, _item(field.item, nested, lenient=lenient), lenient=lenient)
    if field.kind == "object" and attrs.has(field.type):
        return _object(field, nested(field.type))
    if field.kind == "object":
        return _mapping(field, _item(field.item, nested, lenient=lenient))
    return of_event(field) if lenient else scalar(field)


def _item(field: Field | None, nested: Nested, *, lenient: bool) -> Converter:
    if field is None:
        return lambda value: value
    convert = converter(field, nested, lenient=lenient)
    if not field.nullable:
        return convert
    return lambda value: None if value is None else convert(value)


def _list(field: Field, convert: Converter, *, lenient: bool) -> Converter:
    def convert_all(value: Any) -> Any:
        given = _list_from(_read(value, field))
        if given is None and lenient and isinstance(value, _ONE):
            given = [value]
        if given is None:
            return refused(LIST, value)
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
        read = _json(given) if isinstance(given, str) else given
        return convert(read if isinstance(read, Mapping) else given)

    return convert_all


def _mapping(field: Field, convert: Converter) -> Converter:
    phrase = 'an object with text as keys, such as `{"key": "value"}`'

    def convert_all(value: Any) -> Any:
        given = _read(value, field)
        given = _json(given) if isinstance(given, str) else given
        if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
            return refused(phrase) if isinstance(given, Mapping) else refused(phrase, value)
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
    """Return the reason with the path of one step further down."""
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
