"""From what a form, a file or an environment variable delivers to one typed value.

A converter takes any object and gives the value, or `Refused` with every reason. It never raises, and
no reason holds the value: the value may be a secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from portcall.fields.describing import Field, plain
from portcall.fields.formats import FORBIDDEN_IN_LINE, FORBIDDEN_IN_TEXT, FORMATS, ONE_LINE
from portcall.fields.refusals import Refused, refused
from portcall.secret import Secret

MAX_DIGITS: Final = 400
"""Longer text is no number anybody means, and Python refuses to read it past 4,300."""

MAX_TIME: Final = 64
SHOWN_CHOICES: Final = 12
_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_YES: Final = {"true", "1", "yes", "on"}
_NO: Final = {"false", "0", "no", "off"}
_IN_LINE: Final = re.compile(FORBIDDEN_IN_LINE)
_IN_TEXT: Final = re.compile(FORBIDDEN_IN_TEXT)


Converter = Callable[[Any], Any]


def scalar(field: Field) -> Converter:
    """Build the converter for a field that holds no others.

    Args:
        field: Of any kind but ``list``; an ``object`` of any keys is no scalar either.
    """
    return _with_choices(field, _MAKERS[field.kind](field))


def _text(field: Field) -> Converter:
    form = FORMATS[field.format] if field.format else ONE_LINE
    forbidden = _IN_TEXT if field.format == "text" else _IN_LINE
    refusal = refused(form.phrase)

    def convert(value: Any) -> Any:
        # Printable text holds nothing forbidden; asking for that first is five times as fast.
        if not isinstance(value, str) or not (value.isprintable() or not forbidden.search(value)):
            return refusal
        return value if form is ONE_LINE or form.accepts(value) else refusal

    return convert


def _secret(field: Field) -> Converter:
    check = _text(field)

    def convert(value: Any) -> Any:
        if not isinstance(value, str | Secret):
            return refused("text")
        kept = Secret(value)
        answer = check(kept.reveal())
        return answer if isinstance(answer, Refused) else kept

    return convert


def _integer(field: Field) -> Converter:
    refusal = refused("a whole number such as `7`")

    def convert(value: Any) -> Any:
        if isinstance(value, str) and _INTEGER.fullmatch(value.strip()) and len(value) < MAX_DIGITS:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON Schema holds 7.0 for a whole number, and so do browsers
        if isinstance(value, bool) or not isinstance(value, int):
            return refusal
        return _within(field, value)

    return convert


def _number(field: Field) -> Converter:
    refusal = refused("a number such as `7.5`")

    def convert(value: Any) -> Any:
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) and len(value) < MAX_DIGITS:
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            return refusal
        return _within(field, value)

    return convert


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _within(field: Field, value: Any) -> Any:
    low, high = field.minimum, field.maximum
    if (low is None or value >= low) and (high is None or value <= high):
        return value
    if low is None or high is None:
        return refused(f"at least {low}" if high is None else f"at most {high}")
    return refused(f"between {low} and {high}")


def _boolean(_: Field) -> Converter:
    refusal = refused("`true` or `false`")

    def convert(value: Any) -> Any:
        if isinstance(value, str):
            word = value.strip().lower()
            return True if word in _YES else False if word in _NO else refusal
        return value if isinstance(value, bool) else refusal

    return convert


def _datetime(_: Field) -> Converter:
    refusal = refused(FORMATS["date-time"].phrase)

    def convert(value: Any) -> Any:
        if isinstance(value, str) and len(value) <= MAX_TIME:
            value = _parsed(datetime.fromisoformat, value.strip().upper())
        if not isinstance(value, datetime) or value.utcoffset() is None:
            return refusal  # a time without an offset would be read differently elsewhere
        return value

    return convert


def _date(_: Field) -> Converter:
    refusal = refused(FORMATS["date"].phrase)

    def convert(value: Any) -> Any:
        if isinstance(value, str) and FORMATS["date"].accepts(value.strip()):
            return date.fromisoformat(value.strip())
        return value if type(value) is date else refusal

    return convert


def _parsed(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError:
        return None


def _any(_: Field) -> Converter:
    return lambda value: value


def _with_choices(field: Field, convert: Converter) -> Converter:
    if not isinstance(field.choices, tuple):
        return convert
    allowed = [value for value, _ in field.choices]
    names = ", ".join(f"`{plain(value)}`" for value in allowed[:SHOWN_CHOICES])
    more = f" or {len(allowed) - SHOWN_CHOICES} more" if len(allowed) > SHOWN_CHOICES else ""
    refusal = refused(f"one of {names}{more}")

    def choose(value: Any) -> Any:
        value = convert(value)
        if isinstance(value, Refused):
            return refusal
        return value if any(same(value, each) for each in allowed) else refusal

    return choose


def same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1, though Python thinks so."""
    if not isinstance(one, str | int | float | None):
        return False
    return isinstance(one, bool) is isinstance(other, bool) and one == other


_MAKERS: Final[dict[str, Callable[[Field], Converter]]] = {
    "string": _text,
    "secret": _secret,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "datetime": _datetime,
    "date": _date,
    "any": _any,
}
