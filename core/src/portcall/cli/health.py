"""How a stored connection is, in words."""

from __future__ import annotations

from datetime import UTC, datetime

from portcall.credentials.refresh_backoff import RefreshBackoff
from portcall.errors import AuthenticationError, ReauthorizationError, RefreshError
from portcall.raised import text_of
from portcall.store import Record

OK = "ok"
GONE = "reauthorization required"
WAITS = "refresh failed"
OVER = "expired"


def status_of(record: Record, now: datetime | None = None) -> tuple[str, str]:
    """Say how *record* is.

    Returns:
        One of the words above, and a sentence about it; empty if there is nothing to say.
    """
    now = now or datetime.now(UTC)
    try:
        RefreshBackoff.from_json(record.state).check(now, expired=True)
    except ReauthorizationError as exc:
        return GONE, text_of(exc)
    except RefreshError as exc:
        return WAITS, text_of(exc)
    except (AuthenticationError, ValueError, TypeError) as exc:
        return WAITS, text_of(exc)
    auth = record.auth
    over = auth.expires_at is not None and auth.expires_at <= now
    if over and not auth.refresh_token and "grant" not in auth.state:
        return OVER, "the access token is over, and there is no refresh token"
    return OK, ""


def ledger_lines(record: Record) -> list[str]:
    """Say what is remembered of the refreshes so far."""
    backoff = RefreshBackoff.from_json(record.state)
    said = []
    if backoff.unproven:
        said.append("the token was refreshed and not used since")
    if backoff.open_tries:
        said.append(f"{backoff.open_tries} refreshes began and of no end is known")
    if backoff.failures:
        said.append(f"{backoff.failures} refreshes failed in a row")
    return said


def moment(when: datetime | None) -> str:
    """Write an instant for people."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if when else ""


def ahead(when: datetime, now: datetime | None = None) -> str:
    """Say how far an instant is from now, in the largest unit that is not nothing."""
    seconds = (when - (now or datetime.now(UTC))).total_seconds()
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if abs(seconds) >= 2 * size:
            return f"in {seconds / size:.0f} {unit}" if seconds > 0 else _ago(seconds / size, unit)
    return f"in {seconds:.0f} seconds" if seconds > 0 else _ago(seconds, "seconds")


def _ago(number: float, unit: str) -> str:
    return f"{-number:.0f} {unit} ago"
