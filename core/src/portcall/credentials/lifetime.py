"""When a token may be renewed ahead of its end, and when it must be renewed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from portcall.model.auth import Auth

EARLY_S: Final = 900.0
MANDATORY_S: Final = 10.0


def renewal_times(
    auth: Auth, now: datetime, start: float, took_s: float = 0.0
) -> tuple[float | None, float]:
    """Return when a token may be renewed, and from when on it must be; None for a token without an end.

    Args:
        auth: The credentials; without an access token, they are to be renewed at once.
        now: Aware instant.
        start: The same instant on the clock of the answer: seconds that only go forward.
        took_s: How long the call for the token took. The token's life may have begun that much earlier, but
            half of it is always left: else no token of a slow endpoint could ever be used.
    """
    if auth.access_token is None:
        return start, start
    if auth.expires_at is None:
        return None, 0.0
    left_s = (auth.expires_at - now).total_seconds()
    life_s = max((auth.expires_at - (auth.issued_at or now)).total_seconds(), 0.0)
    ends = start + left_s - min(took_s, life_s / 2)
    return ends - min(EARLY_S, life_s / 2), ends - min(MANDATORY_S, life_s / 10)
