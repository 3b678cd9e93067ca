"""What is raised instead of sending too early."""

from __future__ import annotations

from datetime import datetime

from portcall import Sent, TransportError


class RateLimitedError(TransportError):
    """The request's turn does not come within its time; nothing was sent.

    Args:
        message: Which host, and when to come back.
        retry_at: Aware instant of its turn, as far as is known now.
    """

    def __init__(self, message: str, retry_at: datetime) -> None:
        super().__init__(message, Sent.NO)
        self.retry_at = retry_at
