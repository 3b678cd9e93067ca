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

    Raises:
        RequestError: HTTP cannot carry the request.
    """

    __slots__ = ("caps", "ends_at", "key", "method", "outgoing", "proxy", "repeatable", "url")

    def __init__(self, request: Request, url: Url, caps: Caps, proxy: Proxy | None = None) -> None:
        self.url = url
        self.method = request.method
        self.repeatable = request.idempotent or request.method in _SAFE_TWICE
        self.caps = caps
        self.proxy = proxy
        self.ends_at = request.ends_at or monotonic() + caps.timeout_s
        self.key: Key = (url.scheme, url.host, url.port, request.client_certificate, proxy)
        if self.by_proxy and proxy is not None:
            self.outgoing = write(request, url, by_proxy=True, login=proxy.login)
        else:
            self.outgoing = write(request, url)

    @property
    def by_proxy(self) -> bool:
        """Whether a proxy reads the request, rather than carry a tunnel."""
        return self.proxy is not None and self.url.scheme == "http"

    @property
    def connect_ends_at(self) -> float:
        """Until when a connection that is tried now may take."""
        return min(self.ends_at, monotonic() + self.caps.connect_timeout_s)
