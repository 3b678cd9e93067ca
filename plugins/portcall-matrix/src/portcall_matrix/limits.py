"""When a homeserver that limits its rates may be asked again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

_LONGEST_MS: Final = 86_400_000


def retry_at(said: Any, now: datetime) -> datetime | None:
    """Read ``retry_after_ms`` of an ``M_LIMIT_EXCEEDED``; a wait above a day is not believed."""
    wait = said.get("retry_after_ms") if isinstance(said, dict) else None
    if isinstance(wait, bool) or not isinstance(wait, int) or not 0 <= wait <= _LONGEST_MS:
        return None
    return now + timedelta(milliseconds=wait)
