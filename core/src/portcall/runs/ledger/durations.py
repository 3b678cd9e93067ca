"""Lengths of time as people write them: ``90s``, ``15m``, ``12h``, ``7d``, ``2w``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from portcall.errors import SettingsError

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST_S: Final = 10 * 366 * 86_400.0
_WRITTEN: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*([smhdw]?)\s*", re.IGNORECASE)


def duration_s(text: str) -> float:
    """Return the seconds that a text stands for.

    Args:
        text: A number and one of the units s, m, h, d and w; without a unit they are seconds.

    Raises:
        SettingsError: It is no such text, or longer than ten years.
    """
    found = _WRITTEN.fullmatch(text)
    seconds = float(found[1]) * _UNITS[found[2].lower() or "s"] if found else -1.0
    if not 0 <= seconds <= _LONGEST_S:
        raise SettingsError(
            f"{text!r} is not a length of time: write a number with s, m, h, d or w, such as 7d"
        )
    return seconds


def as_instant(text: str, sign: int = 1) -> datetime:
    """Return the instant that a text stands for.

    Args:
        text: As in RFC 3339, in UTC if it names no offset; or a length of time from now.
        sign: -1 if a length of time goes back.

    Raises:
        SettingsError: It is neither.
    """
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return datetime.now(UTC) + sign * timedelta(seconds=duration_s(text))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
