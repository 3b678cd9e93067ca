"""Days of the Gregorian calendar, of any year."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146_097
_DAY_MS: Final = 86_400_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def day_number(year: int, month: int, day: int) -> int:
    """Return the days from 1970-01-01 to a day; one behind the end of its month counts on."""
    cycles, inside = divmod(year - 1, _CYCLE_YEARS)
    first = date(inside + 1, month, 1).toordinal()
    return first + day - 1 + cycles * _CYCLE_DAYS - _EPOCH_DAY


class Moment(NamedTuple):
    """What clock and calendar show.

    Args:
        shown_ms: The instant in milliseconds, moved by the offset.
        offset: Minutes that the clock is behind UTC.
        zone: The zone's name; empty if only the offset is known.
        year: The year; negative before year 0.
        at: The rest of the date, in a year with the same days.
    """

    shown_ms: int
    offset: float
    zone: str
    year: int
    at: datetime


def moment(shown_ms: int, offset: float, zone: str) -> Moment:
    """Return what clock and calendar show at an instant that is moved by the offset already."""
    cycles, inside = divmod(shown_ms, _CYCLE_DAYS * _DAY_MS)
    at = _EPOCH + timedelta(milliseconds=inside)
    return Moment(shown_ms, offset, zone, at.year + cycles * _CYCLE_YEARS, at)
