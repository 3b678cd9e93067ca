"""What stays the same over the attempts of one request."""

from __future__ import annotations

from time import monotonic
from typing import Final

from portcall.model import Request
from portcall.urls import Url
from portcall.wire.limits import Caps
from portcall.wire.outgoing import write
from portcall.wire.pool import Key
from portcall.wire.proxy import Proxy

_SAFE_TWICE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Idempotent by their definition (RFC 9110 §9.2.2)."""


class Call:
    """One request on its way: its bytes, where it goes, until when.

    Args:
        request: Allowed by the policy.
        url: What the policy parsed.
        caps: Resolved; the deadline counts from here where the request does not name its end.
        proxy: The way there; None for a straight one.

    Attributes:
        by_proxy: The proxy where it reads the request itself, rather than carry a tunnel.
        repeatable: The request may be sent twice.

    Raises:
        RequestError: HTTP cannot carry the request.
    """

    __slots__ = (
        "by_proxy",
        "caps",
        "ends_at",
        "key",
        "method",
        "outgoing",
        "proxy",
        "repeatable",
        "url",
    )

    def __init__(self, request: Request, url: Url, caps: Caps, proxy: Proxy | None = None) -> None:
        self.url = url
        self.method = request.method
        self.repeatable = request.idempotent or request.method in _SAFE_TWICE
        self.caps = caps
        self.proxy = proxy
        self.ends_at = request.ends_at or monotonic() + caps.timeout_s
        self.key: Key = (url.scheme, url.host, url.port, request.client_certificate, proxy)
        self.by_proxy = proxy if url.scheme == "http" else None
        if self.by_proxy is None:
            self.outgoing = write(request, url)
        else:
            self.outgoing = write(request, url, by_proxy=True, login=self.by_proxy.login)

    @property
    def connect_ends_at(self) -> float:
        """Until when a connection that is tried now may take."""
        return min(self.ends_at, monotonic() + self.caps.connect_timeout_s)
