"""Time zones by their names in the IANA database, and how far their clocks are behind UTC."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from portcall.actions.mapping.liquid_language.javascript import number
from portcall.actions.mapping.liquid_language.scope import LiquidError

_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", re.ASCII)
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


def close_name(zone: str) -> str:
    """Return the name of a time zone that is most like one that does not exist; empty if none is."""
    close = difflib.get_close_matches(zone.lower()[:64], _names(), n=1)
    return _names()[close[0]] if close else ""


@functools.lru_cache(maxsize=256)
def _zone(name: str) -> tzinfo:
    known = name.lower() not in _OF_THE_MACHINE and _NAME.fullmatch(name)
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(name if known else "")
    if name.lower() in _names():
        return ZoneInfo(_names()[name.lower()])
    if not _names():
        raise LiquidError("needs time zones, which this system lacks: run pip install tzdata")
    raise LiquidError(f"knows no time zone {name[:64]!r}")


@functools.cache
def _names() -> Mapping[str, str]:
    """All names by their small letters."""
    names = {name.lower(): name for name in available_timezones()}
    return {small: name for small, name in names.items() if small not in _OF_THE_MACHINE}
