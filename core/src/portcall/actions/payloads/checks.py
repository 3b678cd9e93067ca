"""The fields of a payload as lines: the usual value passes at once, any other the usual way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from portcall.actions.mapping.values import MISSING, SCALARS, detach
from portcall.actions.payloads.nodes import is_a
from portcall.actions.payloads.source import Source
from portcall.fields import Field
from portcall.fields.checking import Part
from portcall.fields.coercion import MAX_TIME, Converter
from portcall.fields.formats import FORMATS
from portcall.fields.refusals import Refused
from portcall.secret import Secret

GIVE_UP: Final = "raise ValueError"
"""Leads to the usual way, where what is wrong is found again and said."""

_TEXTS: Final = (str, Secret)
_MOST: Final = sys.float_info.max
_TYPES: Final[dict[str, frozenset[type]]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
}


def write_check(
    source: Source, part: Part, value: str, *, borrowed: bool, reads_text: bool = True
) -> None:
    """Write what turns the mapped value in a variable into the value of the field.

    Where the usual way would refuse or coerce, the function starts again in the usual way, so that
    there is one place that knows how.

    Args:
        source: The function so far, inside its ``try``.
        part: The field.
        value: The variable.
        borrowed: The value may be a part of the event.
        reads_text: Look at the characters of a text, too; else `write_text_check` has to do so later.
    """
    usual = _usual(source, part, value, reads_text=reads_text)
    if usual is not None:
        with source.block(f"if {usual[0]}:"):
            source.line(usual[1])
    head = "if" if usual is None else "elif"
    with source.block(f"{head} {_absent(source, part.field, value)}:"):
        if part.needs is True:
            source.line(GIVE_UP)  # to be said, in the usual way
        else:
            write_default(source, part, value)
    with source.block("else:"):
        _convert(source, part, value, borrowed=borrowed)


def write_text_check(source: Source, part: Part, value: str) -> None:
    """Write what looks at the characters of a text that a variable holds, if it is not None."""
    with source.block(f"if {value} is not None and not {value}.isprintable():"):
        _convert(source, part, value, borrowed=False)


def _usual(source: Source, part: Part, value: str, *, reads_text: bool) -> tuple[str, str] | None:
    """Return the test that the usual value passes, and what is then done with it."""
    field, kind = part.field, part.field.kind
    if kind == "string":
        return _text(source, field, value, reads_text=reads_text), "pass"
    if isinstance(field.choices, tuple):
        return None
    if kind in {"integer", "number", "boolean"}:
        return _scalar(source, field, value), "pass"
    if kind == "datetime":
        test = f"{is_a(source, value, str)} and 0 < len({value}) <= {source.value(MAX_TIME)}"
        return test, f"{value} = {source.value(_moment(part.convert))}({value})"
    if kind == "object" and field.type is dict and field.item is None:
        return is_a(source, value, dict), f"{value} = {source.value(_object)}({value})"
    return None


def _text(source: Source, field: Field, value: str, *, reads_text: bool) -> str:
    test = f"{is_a(source, value, str)} and {value}"
    if reads_text:
        # Printable text holds nothing that any text is forbidden to hold.
        test += f" and {value}.isprintable()"
    if field.format and field.format != "text":
        test += f" and {source.value(FORMATS[field.format].accepts)}({value})"
    if isinstance(field.choices, tuple):
        test += f" and {value} in {source.value(frozenset(each for each, _ in field.choices))}"
    return test


def _scalar(source: Source, field: Field, value: str) -> str:
    if field.kind == "boolean":
        return f"{value} is True or {value} is False"
    low, high = (source.value(bound) for bound in _bounds(field))
    within = f"{low} <= {value} <= {high}"
    whole = f"{is_a(source, value, int)} and {within}"
    if field.kind != "number":
        return whole
    if field.minimum is None and field.maximum is None:
        within = f"{value} - {value} == 0.0"  # infinity less infinity is no number
    return f"{is_a(source, value, float)} and {within} or {whole}"


def _bounds(field: Field) -> tuple[float | None, float | None]:
    """Return bounds that infinity and what is no number are never within."""
    low = -_MOST if field.minimum is None else field.minimum
    return low, _MOST if field.maximum is None else field.maximum


def _moment(convert: Converter) -> Callable[[str], datetime]:
    """Make what reads a time that is written in the usual way at once, and any other as *convert* does."""

    def read(text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = convert(text)
        if moment.utcoffset() is None:
            moment = convert(text)
        return moment

    return read


def _object(value: dict[Any, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, item in value.items():
        if key.__class__ is not str:
            raise TypeError
        if item is not MISSING:
            made[key] = item if item.__class__ in SCALARS else detach(item)
    return made


def _absent(source: Source, field: Field, value: str) -> str:
    test = f"{value} is None or {value} is {source.value(MISSING)}"
    if field.kind == "any":
        return test
    return f"{test} or (not {value} and isinstance({value}, {source.value(_TEXTS)}))"


def write_default(source: Source, part: Part, value: str) -> None:
    """Write the code that sets a field to its default, where no value was passed or none counts."""
    if part.fill is None:
        source.line(GIVE_UP)  # only the class itself can tell
    elif _constant(part.fill()):
        source.line(f"{value} = {source.value(part.fill())}")
    else:
        source.line(f"{value} = {source.value(part.fill)}()")


def _constant(default: object) -> bool:
    return default.__class__ in SCALARS or isinstance(default, datetime)


def _convert(source: Source, part: Part, value: str, *, borrowed: bool) -> None:
    if borrowed:
        source.line(f"{value} = {source.value(detach)}({value})")
    source.line(f"{value} = {source.value(part.convert)}({value})")
    # What is later written as JSON by its kind has to be of that kind's own type, and no subclass.
    types = _TYPES.get(part.field.kind)
    refused = f"{value}.__class__ is {source.value(Refused)}"
    odd = f"{value}.__class__ not in {source.value(types)}" if types else refused
    with source.block(f"if {odd}:"):
        source.line(GIVE_UP)
