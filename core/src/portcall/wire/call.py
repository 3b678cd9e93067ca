"""What stays the same over the attempts of one request."""

from __future__ import annotations

from time import monotonic

from portcall.model import Request
from portcall.urls import Url
from portcall.wire.limits import Caps
from portcall.wire.outgoing import write
from portcall.wire.pool import Key


class Call:
    """One request on its way: its bytes, where it goes, until when.

    Args:
        request: Allowed by the policy.
        url: What the policy parsed.
        caps: Resolved; the deadline counts from here where the request does not name its end.

    Raises:
        RequestError: HTTP cannot carry the request.
    """

    __slots__ = ("caps", "ends_at", "key", "method", "outgoing", "url")

    def __init__(self, request: Request, url: Url, caps: Caps) -> None:
        self.url = url
        self.method = request.method
        self.caps = caps
        self.ends_at = request.ends_at or monotonic() + caps.timeout_s
        self.key: Key = (url.scheme, url.host, url.port, request.client_certificate)
        self.outgoing = write(request, url)

    @property
    def connect_ends_at(self) -> float:
        """Until when a connection that is tried now may take."""
        return min(self.ends_at, monotonic() + self.caps.connect_timeout_s)
