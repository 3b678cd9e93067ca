"""Time zones by their names in the IANA database, and how far their clocks are behind UTC."""

from __future__ import annotations

import difflib
import functools
import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from portcall.actions.mapping.liquid_language.javascript import number
from portcall.actions.mapping.liquid_language.scope import LiquidError

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]*", re.ASCII)
_OF_THE_MACHINE: Final = frozenset({"localtime", "posixrules", "factory"})
_OFFSET: Final = re.compile(r"([+-])([01]\d|2[0-3]):?([0-5]\d)?", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_MS: Final = -62_135_500_000_000  # in the year 1, where no zone has changed its clock yet
_LAST_MS: Final = 253_370_000_000_000  # in the year 9998
_CYCLE_MS: Final = 146_097 * 86_400_000  # 400 years, after which dates and weekdays repeat


def offset_of(zone: Any, milliseconds: int) -> float:
    """Return how many minutes a clock is behind UTC at one instant.

    Args:
        zone: A name like ``Europe/Berlin`` in any case, an offset like ``+02:00``, or minutes.
        milliseconds: The instant, since 1970.

    Raises:
        LiquidError: There is no such zone.
    """
    if not isinstance(zone, str):
        return number(zone)
    if fixed := _OFFSET.fullmatch(zone):
        sign, hours, minutes = fixed.groups()
        return (int(hours) * 60 + int(minutes or 0)) * (-1 if sign == "+" else 1)
    moment = _EPOCH + timedelta(milliseconds=_near(milliseconds))
    ahead = moment.astimezone(_zone(zone)).utcoffset() or timedelta()
    return -ahead.total_seconds() / 60


def _near(milliseconds: int) -> int:
    """An instant that Python's dates reach, with the same offset."""
    if milliseconds < _FIRST_MS:
        return _FIRST_MS
    return milliseconds if milliseconds < _LAST_MS else milliseconds % _CYCLE_MS


@functools.lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    known = name.lower() not in _OF_THE_MACHINE and _NAME.fullmatch(name)
    try:
        return ZoneInfo(name if known else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _zone_in_any_case(name)


def _zone_in_any_case(name: str) -> tzinfo:
    names = {each.lower(): each for each in _names() if each.lower() not in _OF_THE_MACHINE}
    if name.lower() in names:
        return ZoneInfo(names[name.lower()])
    if not names:
        raise LiquidError("needs time zones, which this system lacks: run pip install tzdata")
    close = difflib.get_close_matches(name.lower(), names, n=1)
    hint = f" (did you mean {names[close[0]]!r}?)" if close else ""
    raise LiquidError(f"knows no time zone {name[:64]!r}{hint}")


@functools.cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())
