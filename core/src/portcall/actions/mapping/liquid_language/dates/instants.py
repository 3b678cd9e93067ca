"""Instants as JavaScript counts them: milliseconds since 1970, over 500,000 years (ECMA-262 §21.4.1)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from portcall.actions.mapping.liquid_language.dates.date_texts import parse
from portcall.actions.mapping.liquid_language.javascript import number, plain, primitive
from portcall.actions.mapping.values import MISSING

_FARTHEST: Final = 8.64e15
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def clipped(milliseconds: float) -> int | None:
    """Return an instant without fractions of a millisecond; None outside of JavaScript's calendar."""
    return int(milliseconds) if abs(milliseconds) <= _FARTHEST else None


def instant_of(value: Any, now: float) -> int | None:
    """Return the instant that a value stands for.

    Args:
        value: Seconds since 1970, also as a text of digits; a text of a date; ``"now"``, ``"today"``.
        now: Seconds since 1970.

    Returns:
        Milliseconds; None if the value stands for none. A text without offset is in UTC.
    """
    value = plain(value)
    if value is None or value is MISSING:
        return None
    if isinstance(value, date):
        return _of_date(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return clipped(number(value) * 1000)
    return _of_text(str(primitive(value)), now, is_text=isinstance(value, str))


def _of_text(value: str, now: float, *, is_text: bool) -> int | None:
    if is_text and value in {"now", "today"}:
        return math.floor(now * 1000)
    if is_text and value.isascii() and value.isdigit():
        return clipped(number(value) * 1000)
    found = parse(value)
    return None if found is None else clipped(found)


def _of_date(value: date) -> int:
    """A date as midnight, a time without offset as one in UTC."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    moment = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)
