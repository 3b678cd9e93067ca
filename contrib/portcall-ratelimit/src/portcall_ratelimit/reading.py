"""What one answer says about the rate limit, in every dialect that is in use."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import attrs

from portcall import Headers, Response, retry_after
from portcall_ratelimit.headers import LONGEST_S, Item, items, moment, number, wait_s

_FAMILIES: Final = ("ratelimit", "x-ratelimit", "x-rate-limit")
_NAMES: Final = ("limit", "remaining", "reset")
_WRONGEST_CLOCK: Final = timedelta(days=100 * 366)
_NOTHING: Final = Item()


@attrs.frozen
class Quota:
    """What is left of a window.

    Args:
        remaining: Requests that may still be sent in it.
        reset_in_s: Seconds to its end.
        limit: Requests in a whole window; None if the answer does not say.
        window_s: Seconds of a whole window; None likewise.
    """

    remaining: int
    reset_in_s: float
    limit: int | None = None
    window_s: float | None = None


@attrs.frozen
class Reading:
    """What one answer says.

    Args:
        retry_in_s: Seconds in which nothing may be sent; None for no such word.
        quota: What is left; None if the answer does not say, or does not say until when.
    """

    retry_in_s: float | None
    quota: Quota | None


def read(response: Response, now: datetime) -> Reading | None:
    """Read *response*; None if it says nothing.

    Instants count from the answer's own ``Date``: a clock that is wrong on either side does no harm.

    Args:
        response: Whatever came back.
        now: For an answer without a ``Date``.
    """
    theirs = moment(response.headers.get("date", ""))
    now = theirs if theirs and abs(theirs - now) < _WRONGEST_CLOCK else now
    at = retry_after(response, now) if response.status >= 400 else None
    quota = _quota(response.headers, now)
    if at is None:
        return Reading(None, quota) if quota else None
    wait = max((at - now).total_seconds(), 0.0)
    # Of two ends, that of Retry-After counts (draft-ietf-httpapi-ratelimit-headers-11 §7).
    return Reading(wait, quota and attrs.evolve(quota, reset_in_s=wait))


def _quota(headers: Headers, now: datetime) -> Quota | None:
    """Prefer the standard to its drafts, and both to what came before."""
    # What a cache answers tells of another request's quota (the same draft, §7.3).
    if "age" in headers or not any("rate" in name for name in headers):
        return None
    policies = {policy.value: policy for policy in items(headers.get("ratelimit-policy", ""))}
    stated = items(headers.get("ratelimit", ""))
    named = [quota for item in stated if (quota := _named(item, policies))]
    if named:
        return min(named, key=lambda quota: (quota.remaining, -quota.reset_in_s))
    together = dict(_pair(item.value) for item in stated)
    apart = ({name: headers.get(f"{family}-{name}", "") for name in _NAMES} for family in _FAMILIES)
    counted = (_counted(fields, policies, now) for fields in (together, *apart))
    return next((quota for quota in counted if quota), None)


def _named(item: Item, policies: Mapping[str, Item]) -> Quota | None:
    """``RateLimit: "burst";r=5;t=30`` with ``RateLimit-Policy: "burst";q=100;w=60``."""
    policy = policies.get(item.value, _NOTHING).parameters
    if policy.get("qu", "requests") != "requests":
        return None
    remaining, reset = number(item.parameters.get("r")), _span(item.parameters.get("t"))
    if remaining is None or reset is None:
        return None
    return Quota(int(remaining), reset, _count(policy.get("q")), _span(policy.get("w")) or None)


def _counted(
    fields: Mapping[str, str], policies: Mapping[str, Item], now: datetime
) -> Quota | None:
    """Limit, remaining and reset by name: together in ``RateLimit`` or in a field for each."""
    remaining = number(fields.get("remaining", "").partition(",")[0])
    reset = wait_s(fields.get("reset", ""), now)
    if remaining is None or reset is None:
        return None
    limits = items(fields.get("limit", "")) or [_NOTHING]
    policy = policies.get(limits[0].value) or next((i for i in limits if i.parameters), _NOTHING)
    window = _span(policy.parameters.get("w")) or None
    return Quota(int(remaining), reset, _count(limits[0].value), window)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value


def _count(text: str | None) -> int | None:
    return int(number(text) or 0) or None


def _span(text: str | None) -> float | None:
    seconds = number(text)
    return seconds if seconds is not None and seconds <= LONGEST_S else None
