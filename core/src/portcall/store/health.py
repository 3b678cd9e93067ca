"""How a stored connection is, from what is kept of it; nothing is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import attrs

from portcall.credentials.refresh_backoff import RefreshBackoff
from portcall.errors import AuthenticationError, ReauthorizationError, RefreshError
from portcall.store.record import Record

OK: Final = "ok"
GONE: Final = "reauthorization required"
REFUSED: Final = "refused"
WAITS: Final = "refresh failed"
OVER: Final = "expired"


@attrs.frozen
class Health:
    """How a stored connection is.

    Args:
        word: One of the words above.
        cause: What says so; None for `OK` and `OVER`.
    """

    word: str
    cause: Exception | None = None

    @property
    def needs_person(self) -> bool:
        """Only a new authorization helps."""
        return self.word in {GONE, REFUSED, OVER}


def health_of(record: Record, now: datetime | None = None) -> Health:
    """Return how *record* is, as a request with it would find out.

    Args:
        record: What is stored.
        now: Aware instant; the present if None.
    """
    now = now or datetime.now(UTC)
    try:
        RefreshBackoff.from_json(record.state).check(now, expired=True)
    except AuthenticationError as exc:
        return Health(_word(exc), exc)
    except (ValueError, TypeError) as exc:
        return Health(WAITS, exc)
    auth = record.auth
    over = auth.expires_at is not None and auth.expires_at <= now
    is_over = over and not auth.refresh_token and "grant" not in auth.state
    return Health(OVER if is_over else OK)


def _word(exc: AuthenticationError) -> str:
    if isinstance(exc, ReauthorizationError):
        return GONE
    return WAITS if isinstance(exc, RefreshError) else REFUSED
