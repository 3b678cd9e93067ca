"""The bytes of a request: fields are built and checked one by one, never pasted (RFC 9112 §2, §3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from time import monotonic
from typing import Final, TypeAlias
from weakref import ref

from importlib_metadata import PackageNotFoundError, version

from portcall.errors import RequestError
from portcall.model.http_request import Request
from portcall.secret import Secret, Text
from portcall.urls import Url
from portcall.wire.head import TOKEN
from portcall.wire.limits import Caps
from portcall.wire.pool import Key
from portcall.wire.proxy import Proxy

_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_TARGET: Final = re.compile(r"/[!-~]*")
_OURS: Final = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_BLANK: Final = " \t"
_SAFE_TWICE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""Idempotent by their definition (RFC 9110 §9.2.2)."""
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
_Known: TypeAlias = tuple[str, Mapping[str, Text], bytes]
_NOT_TEXT: Final = "\n"
"""Stands for a value that is not text; no value that can be sent has it."""


class LastHead:
    """The head that was written last, for the next request that has the same one: most do.

    It holds credentials, so it is forgotten with the URL that it was written for, which the policy of a
    connection keeps: no head outlives its connection.
    """

    __slots__ = ("_read",)

    def __init__(self) -> None:
        # Behind a function, as pretty printers read slots.
        self._read: Callable[[], tuple[ref[Url], list[_Known]] | None] = lambda: None

    def get(self, request: Request, url: Url) -> bytes | None:
        """Return the head up to its Content-Length, if it is that of this request, too.

        Args:
            request: With all of its headers.
            url: What the policy parsed: the same object for the same URL, most times.
        """
        last = self._read()
        if last is None or last[0]() is not url:
            return None
        method, headers, head = last[1][0]
        return head if method == request.method and headers == request.headers else None

    def keep(self, request: Request, url: Url, head: bytes) -> None:
        """Remember a head that any body may follow, as long as *url* is in use."""
        known: list[_Known] = [(request.method, dict(request.headers), head)]
        last = ref(url, lambda _: known.clear()), known
        self._read = lambda: last


class Call:
    """One request on its way: its bytes, where it goes, until when. What it holds is never shown.

    Args:
        request: Allowed by the policy. Secrets in its headers are revealed here and nowhere before.
        url: What the policy parsed.
        caps: Resolved; the deadline counts from here where the request does not name its end.
        proxy: The way there; None for a straight one.
        last: The head that was written last.

    Attributes:
        by_proxy: The proxy where it reads the request itself, rather than carry a tunnel. It wants the
            target in absolute form (RFC 9112 §3.2.2).
        repeatable: The request may be sent twice.
        origin: Scheme, host and port, as a URL begins with them.
        data: Head and body as one piece, written as HTTP/1.1.

    Raises:
        RequestError: HTTP cannot carry the method or a header; the message names the
            header and not its value.
    """

    __slots__ = (
        "by_proxy", "caps", "data", "ends_at", "key", "method", "origin", "proxy", "repeatable", "url",
    )  # fmt: skip

    def __init__(
        self,
        request: Request,
        url: Url,
        caps: Caps,
        proxy: Proxy | None = None,
        last: LastHead | None = None,
    ) -> None:
        self.url = url
        self.method = request.method
        self.repeatable = request.idempotent or request.method in _SAFE_TWICE
        self.caps = caps
        self.proxy = proxy
        self.ends_at = request.ends_at or monotonic() + caps.timeout_s
        self.key: Key = (url.scheme, url.host, url.port, request.client_certificate, proxy)
        self.by_proxy = proxy if url.scheme == "http" else None
        self.origin, host_line = _place(url.scheme, url.host, url.port)
        last = None if self.by_proxy else last  # whose own line is in the head
        head = last.get(request, url) if last else None
        if head is None and _is_method(request.method) and _TARGET.fullmatch(url.target):
            start = self.origin if self.by_proxy else ""
            head = _head(request, url, start, host_line, self.by_proxy)
            if last and head is not None and _OURS.isdisjoint(request.headers):
                last.keep(request, url, head)
        if head is None:
            complaint = _complaint(request, url)
            raise RequestError(f"{url.place}: {complaint}; nothing was sent")
        body = request.body
        if body is not None:
            self.data = b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body)
        elif request.method in _WITH_LENGTH:
            self.data = head + b"Content-Length: 0\r\n\r\n"
        else:
            self.data = head + b"\r\n"

    @property
    def connect_ends_at(self) -> float:
        """Until when a connection that is tried now may take."""
        return min(self.ends_at, monotonic() + self.caps.connect_timeout_s)


def _head(
    request: Request, target: Url, start: str, host_line: str, proxy: Proxy | None
) -> bytes | None:
    """Return the head up to its Content-Length, or None: a traceback must not show a frame with values."""
    headers = request.headers
    lines = [f"{request.method} {start}{target.target} HTTP/1.1\r\n{host_line}"]
    if proxy is not None and proxy.login is not None:
        lines.append(f"Proxy-Authorization: {proxy.login}\r\n")
    for name, value in headers.items():
        text = value if type(value) is str else _text(value)
        label = _label(name)
        if not (text.isprintable() or _VALUE.fullmatch(text)):
            return None
        if label:
            lines.append(f"{label}{text.strip(_BLANK)}\r\n")
        elif not _agrees(name, text, request, target):
            return None
    for name, line in _defaults():
        if name not in headers:
            lines.append(line)
    try:
        return "".join(lines).encode("latin-1")
    except UnicodeEncodeError:
        return None


def _complaint(request: Request, target: Url) -> str:
    """Return what `_head` refused, without any value."""
    if not _is_method(request.method):
        return "the method is not one that can be sent"
    for name, value in request.headers.items():
        if _label(name) is None and name not in _OURS:
            return f"header name {ascii(name)[:80]} is not a token"
        if name in _OURS and not _agrees(name, _text(value), request, target):
            return f"header {name!r} is written by the transport: leave it out"
        if not _VALUE.fullmatch(_text(value)):
            return (
                f"header {name!r} holds a line break, a control character or a character outside "
                "latin-1: correct the setting it comes from"
            )
    return "the path is not in ASCII"


def _text(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    return value if isinstance(value, str) else _NOT_TEXT


def _agrees(name: str, text: str, request: Request, target: Url) -> bool:
    """Return whether a field that the transport writes itself says what the transport would say."""
    ours = {
        "host": target.authority,
        "content-length": str(len(request.body or b"")),
        "connection": "keep-alive",
    }
    return ours.get(name) == text.strip().lower()


@lru_cache(maxsize=1024)
def _is_method(text: str) -> bool:
    return text != "CONNECT" and TOKEN.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _label(name: str) -> str | None:
    """Return ``"Title-Case: "``; None for a name that is not a token or not the caller's to set."""
    if name in _OURS or not TOKEN.fullmatch(name):
        return None
    return "-".join([part.capitalize() for part in name.split("-")]) + ": "


@lru_cache(maxsize=1024)
def _place(scheme: str, host: str, port: int) -> tuple[str, str]:
    """Return how a URL of this origin begins, and the line of the Host header."""
    authority = Url(scheme, host, port, "/").authority
    return f"{scheme}://{authority}", f"Host: {authority}\r\n"


@lru_cache(maxsize=1)
def _defaults() -> tuple[tuple[str, str], ...]:
    try:
        ours = version("portcall")
    except PackageNotFoundError:
        ours = "0"
    return (
        ("accept", "Accept: */*\r\n"),
        ("accept-encoding", "Accept-Encoding: gzip, deflate\r\n"),
        ("user-agent", f"User-Agent: portcall/{ours}\r\n"),
    )
