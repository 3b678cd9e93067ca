"""Numbers, lists and waits out of header fields; what makes no sense is None."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import attrs

LONGEST_S: Final = 366 * 86400.0
"""A wait above a year is not believed."""

_NUMBER: Final = re.compile(r"\d{1,15}(\.\d{0,9})?", re.ASCII)
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_MEMBER: Final = re.compile(rf'(?:{_QUOTED}|[^",])+')
_PART: Final = re.compile(rf'(?:{_QUOTED}|[^";])+')
_LONGEST_FIELD: Final = 1024
_LONGEST_DATE: Final = 64
_EPOCH_S: Final = 1e9
_EPOCH_MS: Final = 1e11
_EPOCH_ENDS: Final = 1e14


@attrs.frozen
class Item:
    """One member of a list, with its parameters (RFC 9651 §3.1): ``"burst";q=100;w=60``."""

    value: str = ""
    parameters: Mapping[str, str] = attrs.field(factory=dict)


def items(field: str) -> list[Item]:
    """Split a field into its members; text in quotes may hold commas and semicolons."""
    return [_item(member) for member in _MEMBER.findall(field[:_LONGEST_FIELD])]


def number(text: str | None) -> float | None:
    """Read a number of zero or more."""
    text = (text or "").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def moment(text: str) -> datetime | None:
    """Read an HTTP date (RFC 9110 §5.6.7) or one of ISO 8601; without a zone, UTC is meant."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text[:_LONGEST_DATE].strip())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def wait_s(text: str, now: datetime) -> float | None:
    """Read the time of a reset: seconds from now, an epoch in seconds or milliseconds, or a date.

    The sizes cannot be mistaken: a wait is at most a year (3.2e7), seconds since 1970 are 1e9 to
    1e11 (the years 2001 to 5138), milliseconds since 1970 are above that.

    Args:
        text: The field's value.
        now: The time at the server.

    Returns:
        Seconds of zero or more, or None for what is not a time or more than a year ahead.
    """
    value = number(text)
    if value is None:
        value = number(text.partition(",")[0])
    if value is None:
        at = moment(text)
        wait = (at - now).total_seconds() if at else None
    else:
        wait = _counted(value, now.timestamp())
    return max(wait, 0.0) if wait is not None and wait <= LONGEST_S else None


def _counted(value: float, now_s: float) -> float | None:
    if value <= LONGEST_S:
        return value
    if _EPOCH_S <= value < _EPOCH_MS:
        return value - now_s
    return value / 1000 - now_s if _EPOCH_MS <= value < _EPOCH_ENDS else None


def _item(member: str) -> Item:
    value, *rest = _PART.findall(member) or [""]
    pairs = (part.partition("=") for part in rest)
    parameters = {key.strip().lower(): text.strip().strip('"') for key, _, text in pairs}
    return Item(value.strip().strip('"'), parameters)
