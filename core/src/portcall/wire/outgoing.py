"""The bytes of a request: fields are built and checked one by one, never pasted (RFC 9112 §2, §3)."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from portcall.errors import RequestError
from portcall.model import Request
from portcall.secret import Secret
from portcall.urls import Url

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
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
_WITH_LENGTH: Final = frozenset({"POST", "PUT", "PATCH"})
_NOT_TEXT: Final = "\n"
"""Stands for a value that is not text; no value that can be sent has it."""


class Outgoing:
    """A request as bytes, ready to send; what it holds is never shown.

    Args:
        data: Head and body.
    """

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"<Outgoing {len(self.data)} bytes>"


def write(
    request: Request, target: Url, *, by_proxy: bool = False, login: Secret | None = None
) -> Outgoing:
    """Write a request as HTTP/1.1.

    Args:
        request: Secrets in its headers are revealed here and nowhere before.
        target: Where it goes.
        by_proxy: A proxy reads it, and wants the target in absolute form (RFC 9112 §3.2.2).
        login: What the proxy is signed in to with.

    Returns:
        Head and body as one piece.

    Raises:
        RequestError: HTTP cannot carry the method or a header; the message names the
            header and not its value.
    """
    start = f"{target.scheme}://{target.authority}" if by_proxy else ""
    outgoing = _written(request, target, start, login)
    if outgoing is None:
        complaint = _complaint(request, target)
        raise RequestError(f"{target.place}: {complaint}; nothing was sent")
    return outgoing


def _written(request: Request, target: Url, start: str, login: Secret | None) -> Outgoing | None:
    """Return the bytes or None: a frame that holds values must not end up in a traceback."""
    headers = request.headers
    path = target.target
    if not (_is_method(request.method) and _TARGET.fullmatch(path)):
        return None
    lines = [f"{request.method} {start}{path} HTTP/1.1\r\n{_host_line(*target.origin)}"]
    if login is not None:
        lines.append(f"Proxy-Authorization: {login}\r\n")
    for name, value in headers.items():
        text = value if type(value) is str else _text(value)
        label = _label(name)
        if not (text.isprintable() or _VALUE.fullmatch(text)):
            return None
        if label:
            lines.append(f"{label}{text.strip(_BLANK)}\r\n")
        elif not _agrees(name, text, request, target):
            return None
    lines += [line for name, line in _defaults() if name not in headers]
    body = request.body
    if body is not None or request.method in _WITH_LENGTH:
        lines.append(f"Content-Length: {len(body or b'')}\r\n")
    return _encoded("".join(lines), body)


def _encoded(head: str, body: bytes | None) -> Outgoing | None:
    try:
        return Outgoing(head.encode("latin-1") + b"\r\n" + (body or b""))
    except UnicodeEncodeError:
        return None


def _complaint(request: Request, target: Url) -> str:
    """Return what `_written` refused, without any value."""
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
    """Return ``"Title-Case: "``; None for a name that is no token or not the caller's to set."""
    if name in _OURS or not TOKEN.fullmatch(name):
        return None
    return "-".join([part.capitalize() for part in name.split("-")]) + ": "


@lru_cache(maxsize=1024)
def _host_line(scheme: str, host: str, port: int) -> str:
    return f"Host: {Url(scheme, host, port, '/').authority}\r\n"


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
