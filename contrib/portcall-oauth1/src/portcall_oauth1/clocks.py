"""The destination's clock, learned from a refusal where the host's own is wrong."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from time import monotonic, time
from typing import Final

from portcall import Request, Response, reveal

_SENT: Final = re.compile(r'\boauth_timestamp="([0-9]{1,12})"')
_SAID: Final = b"timestamp"
_MOST_READ: Final = 4096
_SURE_S: Final = 60.0
_LIKELY_S: Final = 2.0
_AGAIN_S: Final = 3600.0


class Clock:
    """Seconds since 1970 as the destination counts them, by the monotonic clock from now on.

    So it stays right when the host's own clock is corrected.

    Args:
        now: What the destination said the time is.
    """

    __slots__ = ("_ahead", "_learned")

    def __init__(self, now: float) -> None:
        self._learned = monotonic()
        self._ahead = now - self._learned

    def now(self) -> int:
        """Return whole seconds."""
        return int(self._ahead + monotonic())

    def is_new(self) -> bool:
        """Return whether it was learned within the hour: a clock that is refused again does not help."""
        return monotonic() - self._learned < _AGAIN_S


def timestamp(live: object) -> int:
    """Return the time to sign with: the destination's if it was learned, else the host's."""
    return live.now() if isinstance(live, Clock) else int(time())


def learn(request: Request, response: Response) -> Clock | None:
    """Read the destination's clock out of a refusal that is about the timestamp (RFC 5849 §3.3).

    It is if the timestamp is a minute off, or if the refusal speaks of it.

    Returns:
        None if the refusal has other reasons, or no usable ``Date``.
    """
    sent = _SENT.search(reveal(request.headers.get("authorization", "")))
    dates = response.headers.get_all("date")
    if sent is None or not dates:
        return None
    try:
        now = parsedate_to_datetime(dates[-1]).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    least = _LIKELY_S if _speaks_of_it(response) else _SURE_S
    return Clock(now) if abs(now - int(sent[1])) >= least else None


def _speaks_of_it(response: Response) -> bool:
    """See ``oauth_problem=timestamp_refused`` and the words that others have for it."""
    challenge = response.headers.get("www-authenticate", "").encode("latin-1", "replace")
    body = b"" if response.unreadable else response.body[:_MOST_READ]
    return _SAID in challenge.lower() or _SAID in body.lower()
