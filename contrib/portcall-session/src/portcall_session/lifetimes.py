"""Until when a session lasts, as its destination says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

from portcall import Response
from portcall_session.hooks import SessionLogin
from portcall_session.places import text_at

_LONGEST_S: Final = 3_660 * 86_400.0
_MILLISECONDS: Final = 1e11


def end_of(login: SessionLogin, answer: Response, started: datetime) -> datetime | None:
    """Return the instant at which a session ends; None if only a refusal will tell.

    Args:
        login: What the destination declared.
        answer: The answer that brought the session.
        started: When it was asked for: counting from there is never too long.
    """
    if login.expires_at is not None:
        return _instant(text_at(login.expires_at, answer))
    lasts_s = login.lasts_s
    if login.expires_in is not None:
        number = _number(text_at(login.expires_in, answer))
        lasts_s = lasts_s if number is None else number * login.expires_in_unit_s
    if lasts_s is None or not 0 < lasts_s <= _LONGEST_S:
        return None
    return started + timedelta(seconds=lasts_s)


def _instant(text: str | None) -> datetime | None:
    number = _number(text)
    try:
        if number is not None:
            return datetime.fromtimestamp(number / 1e3 if number > _MILLISECONDS else number, UTC)
        moment = datetime.fromisoformat(text or "")
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
