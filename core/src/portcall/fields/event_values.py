"""From what events hold to one typed value: other spellings of the same value count as it.

An event was written by a program that knows nothing of the field, so a number may stand where text is
wanted, or 1 where a truth value is. What a person fills in is held to more; see `scalar`. Null is no
value in either.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from math import isnan
from typing import Any, Final

from portcall.fields.coercion import (
    MAX_DIGITS,
    MAX_TIME,
    TRUTH,
    Converter,
    parsed_time,
    scalar,
)
from portcall.fields.describing import Field
from portcall.fields.numerals import number_text
from portcall.fields.refusals import Refused, refused

_DAY: Final = "a date such as `2026-05-01`"
_TIME: Final = "a time such as `2026-05-01T12:00:00Z`"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_MILLISECONDS: Final = 10**11
"""An epoch this large, or larger, counts milliseconds: as seconds it would be in the year 5138."""

_EPOCH_TEXT: Final = re.compile(r"[+-]?[0-9]{9,}(?:\.[0-9]+)?", re.ASCII)
"""Fewer digits in a text are no epoch: ``20260501`` is a date (ISO 8601, basic format)."""

_DECIMAL: Final = re.compile(
    r"(?P<sign>[+-]?)(?=\.?[0-9])(?P<digits>[0-9]*)(?:\.(?P<fraction>[0-9]*))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+))?",
    re.ASCII,
)
_LONGEST_EXPONENT: Final = 4


def of_event(field: Field) -> Converter:
    """Build the converter for a field that holds no others and whose values come out of events.

    The converter takes what `scalar`'s takes, and besides: for text a number, a boolean or a time; for a
    boolean 1 and 0; for a whole number a text such as ``"5.0"``; for a time a date, a time without an
    offset (which is read as UTC) and an epoch in seconds or milliseconds; for a date a time.

    Args:
        field: As for `scalar`.
    """
    strict = scalar(field)
    respell = _RESPELL.get(field.kind)
    if respell is None:
        return strict

    def convert(value: Any) -> Any:
        done = strict(value)
        if done.__class__ is not Refused:
            return done
        respelled = respell(value)
        if isinstance(respelled, Refused):
            return respelled
        again = done if respelled is value else strict(respelled)
        # What came is named, not what was made of it; of a text, that is the number that it says.
        return done if again.__class__ is Refused and not isinstance(value, str) else again

    return convert


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        text = number_text(value)
        return value if text.endswith(("Infinity", "NaN")) else text
    return value.isoformat() if isinstance(value, date) else value


def _as_boolean(value: Any) -> Any:
    if _is_number(value) and value in (0, 1):
        return bool(value)
    phrase = f"{TRUTH}, 1 or 0"
    return refused(f"{phrase}, not another number") if _is_number(value) else refused(phrase, value)


def _as_integer(value: Any) -> Any:
    """Read a text with a point or an exponent, with all its digits."""
    if not isinstance(value, str) or len(value) >= MAX_DIGITS:
        return value
    parts = _DECIMAL.fullmatch(value.strip())
    if parts is None or len(parts["exponent"] or "") > _LONGEST_EXPONENT:
        return value
    fraction = parts["fraction"] or ""
    digits, places = parts["digits"] + fraction, int(parts["exponent"] or 0) - len(fraction)
    if len(digits) + places >= MAX_DIGITS:
        return value
    if places >= 0:
        return int(parts["sign"] + digits) * 10**places
    # What stands behind the point must be nothing but zeros.
    whole, rest = digits[:places] or "0", digits[places:]
    return value if rest.strip("0") else int(parts["sign"] + whole)


def _as_time(value: Any) -> Any:
    moment = _moment(value)
    return _no_time(_TIME, value) if moment is None else moment


def _as_date(value: Any) -> Any:
    moment = _moment(value)
    return _no_time(_DAY, value) if moment is None else moment.date()


def _no_time(phrase: str, value: Any) -> Refused:
    return (
        refused(f"{phrase}, not a number that large")
        if _is_number(value)
        else refused(phrase, value)
    )


def _is_number(value: Any) -> bool:
    is_nan = isinstance(value, float) and isnan(value)
    return isinstance(value, int | float) and not isinstance(value, bool) and not is_nan


def _moment(value: Any) -> datetime | None:
    """Read a time in any way that events write one; an offset is kept, none is UTC."""
    if isinstance(value, str):
        value = _from_text(value.strip()) if len(value) <= MAX_TIME else None
    if _is_number(value):
        value = _from_epoch(value)
    if isinstance(value, datetime):
        return value if value.utcoffset() is not None else value.replace(tzinfo=UTC)
    return (
        datetime(value.year, value.month, value.day, tzinfo=UTC)
        if isinstance(value, date)
        else None
    )


def _from_text(text: str) -> datetime | float | None:
    if _EPOCH_TEXT.fullmatch(text):
        return float(text) if "." in text else int(text)
    return parsed_time(text)


def _from_epoch(value: float) -> datetime | None:
    counts = "milliseconds" if abs(value) >= _LEAST_MILLISECONDS else "seconds"
    try:
        return _EPOCH + timedelta(**{counts: value})
    except OverflowError:  # beyond the year 9999
        return None


_RESPELL: Final[dict[str, Callable[[Any], Any]]] = {
    "string": _as_text,
    "secret": _as_text,
    "boolean": _as_boolean,
    "integer": _as_integer,
    "datetime": _as_time,
    "date": _as_date,
}
