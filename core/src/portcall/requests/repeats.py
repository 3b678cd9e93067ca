"""What a status code says of sending the same request again: the one table for answers and batch items."""

from __future__ import annotations

from typing import Final

NOT_APPLIED: Final = frozenset({408, 423, 425, 429, 503, 521, 523, 525, 526})
"""The request was not applied, and may be served later.

408, 425, 429 and 503 are such by RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4 and RFC 9110 §15.6.4, 423 by
RFC 4918 §11.3. 521, 523, 525 and 526 are Cloudflare's word for a server that it could not reach:
https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
"""

NEVER_SERVED: Final = frozenset({501, 505})
"""The server does not do such a thing (RFC 9110 §15.6.2, §15.6.6): a later request fares no better."""


def is_unclear(status: int) -> bool:
    """Return whether a request with this answer may have been applied or not: 500, 502, 504 and the like."""
    return status >= 500 and status not in NOT_APPLIED and status not in NEVER_SERVED
