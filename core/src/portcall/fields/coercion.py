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
from portcall.fields.formats import FORBIDDEN_IN_LINE, FORBIDDEN_IN_TEXT, FORMATS, ONE_LINE, Format
from portcall.fields.refusals import Refused, kind_of, refused
from portcall.secret import Secret

MAX_DIGITS: Final = 400
"""Longer text is never meant as a number, and Python refuses to read it past 4,300."""

MAX_TIME: Final = 64
SHOWN_CHOICES: Final = 12
_INTEGER: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_YES: Final = {"true", "1", "yes", "on"}
_NO: Final = {"false", "0", "no", "off"}
TRUTH: Final = "`true` or `false`"
WHOLE: Final = "a whole number such as `7`"
NUMBER: Final = "a number such as `7.5`"
_HALVES: Final = range(0xD800, 0xE000)
_IN_LINE: Final = re.compile(FORBIDDEN_IN_LINE)
_IN_TEXT: Final = re.compile(FORBIDDEN_IN_TEXT)


Converter = Callable[[Any], Any]


def scalar(field: Field) -> Converter:
    """Build the converter for a field that holds no others.

    Args:
        field: Of any kind but ``list``; an ``object`` of any keys is not a scalar either.
    """
    return _with_choices(field, _MAKERS[field.kind](field))


def _text(field: Field) -> Converter:
    form = FORMATS[field.format] if field.format else ONE_LINE
    forbidden = _IN_TEXT if field.format == "text" else _IN_LINE
    refusal = refused(form.phrase)

    def convert(value: Any) -> Any:
        if not isinstance(value, str):
            return refused("text" if form in {ONE_LINE, FORMATS["text"]} else form.phrase, value)
        # Printable text holds nothing forbidden; asking for that first is five times as fast.
        if not value.isprintable() and (found := forbidden.search(value)):
            return _forbidden(form, found)
        return value if form is ONE_LINE or form.accepts(value) else refusal

    return convert


def _forbidden(form: Format, found: re.Match[str]) -> Refused:
    """Return which character the text must not hold; the place reveals nothing of the others."""
    code = ord(found[0])
    half = ", half of a character" if code in _HALVES else ""
    return refused(f"{form.phrase}; character {found.start() + 1} is U+{code:04X}{half}")


def _secret(field: Field) -> Converter:
    check = _text(field)

    def convert(value: Any) -> Any:
        if not isinstance(value, str | Secret):
            return refused("text", value)
        kept = value if type(value) is Secret else Secret(value)
        answer = check(kept.reveal())
        return answer if isinstance(answer, Refused) else kept

    return convert


def _integer(field: Field) -> Converter:
    def convert(value: Any) -> Any:
        given = value
        if isinstance(value, str) and _INTEGER.fullmatch(value.strip()) and len(value) < MAX_DIGITS:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON Schema holds 7.0 for a whole number, and so do browsers
        if isinstance(value, bool) or not isinstance(value, int):
            return _no_number(WHOLE, given)
        return _within(field, value)

    return convert


def _number(field: Field) -> Converter:
    def convert(value: Any) -> Any:
        given = value
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) and len(value) < MAX_DIGITS:
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
            return _no_number(NUMBER, given)
        return _within(field, value)

    return convert


def _no_number(phrase: str, value: object) -> Refused:
    return refused(f"{phrase}, not {_instead(value)}")


def _instead(value: object) -> str:
    """Return what a value is that is not the number it must be."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        if len(value) >= MAX_DIGITS or not _finite(float(value)):
            return "a number that large"
        is_whole = float(value).is_integer()
        return "one with a point or an exponent" if is_whole else "a fraction"
    if isinstance(value, int) and not isinstance(value, bool):
        return "a number that large"
    return "a fraction" if isinstance(value, float) and _finite(value) else kind_of(value)


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
    def convert(value: Any) -> Any:
        if isinstance(value, str):
            word = value.strip().lower()
            if word in _YES or word in _NO:
                return word in _YES
        return value if isinstance(value, bool) else refused(TRUTH, value)

    return convert


def _datetime(_: Field) -> Converter:
    phrase = FORMATS["date-time"].phrase

    def convert(value: Any) -> Any:
        moment = value
        if isinstance(value, str) and len(value) <= MAX_TIME:
            moment = parsed_time(value)
        if not isinstance(moment, datetime):
            return refused(phrase, value)
        if moment.utcoffset() is None:
            # A time without an offset would be read differently elsewhere.
            return refused(f"{phrase}, not one without an offset")
        return moment

    return convert


def _date(_: Field) -> Converter:
    phrase = FORMATS["date"].phrase

    def convert(value: Any) -> Any:
        if isinstance(value, str) and FORMATS["date"].accepts(value.strip()):
            return date.fromisoformat(value.strip())
        return value if type(value) is date else refused(phrase, value)

    return convert


def parsed_time(text: str) -> datetime | None:
    """Read a time of ISO 8601, in any case and with blanks around; None if it is none."""
    try:
        return datetime.fromisoformat(text.strip().upper())
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
    phrase = f"one of {names}{more}"

    def choose(given: Any) -> Any:
        value = convert(given)
        if isinstance(value, Refused):
            return refused(phrase) if isinstance(given, str) else refused(phrase, given)
        return value if any(same(value, each) for each in allowed) else refused(phrase)

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
