"""How a stored connection is, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from portcall.cli.terminal.error_messages import message_of
from portcall.credentials.refresh_backoff import RefreshBackoff
from portcall.errors import AuthenticationError
from portcall.model.rfc3339 import rfc3339
from portcall.raised import text_of
from portcall.store import Record
from portcall.store.health import OVER, health_of


def status_of(record: Record, again: str, now: datetime | None = None) -> tuple[str, str]:
    """Return how *record* is, as `portcall test` would say it.

    Args:
        record: What is stored.
        again: The command that authorizes it again.
        now: Aware instant; the present if None.

    Returns:
        One of the words of `portcall.store.health`, and a sentence about it with what to do; empty if there
        is nothing to say.
    """
    health = health_of(record, now)
    if health.word == OVER:
        return OVER, f"the access token has expired, and there is no refresh token; run: {again}"
    if isinstance(health.cause, AuthenticationError):
        return health.word, message_of(health.cause, again)
    return health.word, text_of(health.cause) if health.cause else ""


def refresh_lines(record: Record) -> list[str]:
    """Return what is remembered of the refreshes so far, in words."""
    backoff = RefreshBackoff.from_json(record.state)
    said = []
    if backoff.unproven:
        said.append("the token was refreshed and not used since")
    if backoff.open_tries:
        said.append(f"{backoff.open_tries} refreshes were cut off since the last that ended")
    if backoff.failures:
        said.append(f"{backoff.failures} refreshes failed in a row")
    return said


def moment(when: datetime | None) -> str:
    """Write an instant for people."""
    return rfc3339(when) if when else ""


def ahead(when: datetime, now: datetime | None = None) -> str:
    """Return how far an instant is from now, in the largest unit above zero."""
    seconds = (when - (now or datetime.now(UTC))).total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if abs(seconds) >= 2 * size:
            return f"in {seconds / size:.0f} {unit}" if seconds > 0 else _ago(seconds / size, unit)
    return f"in {seconds:.0f} seconds" if seconds > 0 else _ago(seconds, "seconds")


def _ago(number: float, unit: str) -> str:
    return f"{-number:.0f} {unit} ago"
