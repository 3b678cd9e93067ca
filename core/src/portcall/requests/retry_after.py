"""When to ask again: what answers say of it, in every form that servers write it in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from portcall.model.http_response import Headers, Kind, Response, Verdict

_LONGEST_WAIT: Final = timedelta(days=366)
_EPOCH: Final = 1e9
"""A number of seconds from here on is an instant (2001 and later), as no wait is that long."""
_EPOCH_MS: Final = 1e11

_RESETS: Final = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit")
_REMAINING: Final = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")
_ITEM: Final = re.compile(r"[A-Za-z]+,\s*\d{1,2}[ -][^,]+|[^,]+")
"""One member of a list; the comma behind the weekday of a date separates nothing."""
_NUMBER: Final = re.compile(r"(\d{1,15}(?:\.\d{0,9})?)\s*(ms|s|secs?|seconds?)?")
_PARAMETER: Final = re.compile(r"(?:^|[;,\s])(?:t|reset)\s*=\s*(\d{1,15})")


def retry_after(response: Response, now: datetime | None = None) -> datetime | None:
    """Return the instant before which asking again is no use, as the fields of an answer name it.

    Read are ``Retry-After`` (RFC 9110 §10.2.3), and on 429 and 403, where it says nothing, the end of the
    window in ``RateLimit-Reset``, ``X-RateLimit-Reset``, ``X-Rate-Limit-Reset`` or ``RateLimit``
    (draft-ietf-httpapi-ratelimit-headers). Seconds may have a fraction, numbers from 10^9 on are seconds and
    from 10^11 on milliseconds since 1970, and dates may be HTTP's or ISO 8601. Of several values the latest
    counts.

    Args:
        response: The answer.
        now: Aware instant at which it came; the current one if None.

    Returns:
        An aware instant; None where nothing is said, nothing can be read, or the wait is above a year.
    """
    moment = now or datetime.now(UTC)
    named = _latest(_values(response.headers, "retry-after"), moment)
    if named is not None or response.status not in {403, 429}:
        return named
    return _latest((v for name in _RESETS for v in _values(response.headers, name)), moment)


def throttled(response: Response) -> Verdict | None:
    """Return the verdict that an answer asks for a pause, where its fields say so; else None.

    For ``classify_response`` of a destination that documents a rate limit behind another status than 429,
    403 for one: the answer has a ``Retry-After``, or nothing remains of a rate limit.

    Args:
        response: The answer, of any status.
    """
    says_when = _latest(_values(response.headers, "retry-after"), datetime.now(UTC)) is not None
    if says_when or any(_number(response.headers.get(name, "")) == 0 for name in _REMAINING):
        return Verdict(Kind.THROTTLED, retry_after(response))
    return None


def _values(headers: Headers, name: str) -> Iterator[str]:
    for line in headers.get_all(name):
        if name == "ratelimit":  # "default";r=0;t=30, or limit=100, remaining=0, reset=30
            yield from _PARAMETER.findall(line)
        else:
            yield from (item.strip(" \t\"'") for item in _ITEM.findall(line))


def _latest(values: Iterator[str], now: datetime) -> datetime | None:
    moments = [moment for value in values if (moment := _moment(value, now)) is not None]
    return max((moment for moment in moments if moment - now <= _LONGEST_WAIT), default=None)


def _moment(value: str, now: datetime) -> datetime | None:
    number = _number(value)
    try:
        if number is None:
            return _date(value)
        if number >= _EPOCH:
            return datetime.fromtimestamp(number / (1000 if number >= _EPOCH_MS else 1), UTC)
        return now + timedelta(seconds=number)
    except (OverflowError, ValueError, OSError):
        return None


def _number(value: str) -> float | None:
    found = _NUMBER.fullmatch(value.strip().lower())
    if found is None:
        return None
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def _date(value: str) -> datetime | None:
    from email.utils import parsedate_to_datetime  # noqa: PLC0415  # few answers have a date here

    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            moment = read(value if read is parsedate_to_datetime else _iso(value))
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _iso(value: str) -> str:
    return re.sub(r"\s*(?:GMT|UTC)$", "Z", value)
