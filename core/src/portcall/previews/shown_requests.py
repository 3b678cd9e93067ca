"""Requests as they may be shown, with ``***`` in place of every secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

from portcall.model.http_request import Request
from portcall.previews.known_secrets import KnownSecrets
from portcall.previews.stage import Call
from portcall.redaction.text import Redactor
from portcall.secret import MASK, Secret, Text

_TELLTALE: Final = re.compile(
    r"auth|authorization|cookie|credentials?|jwt|passw(or)?d|pwd|secret|session|sid|sig|signature|token"
    r"|.*[-_.]?(auth|authorization|cookie|credentials?|jwt|password|secret|session|signature|token)"
    r"|.*(api|access|account|auth|client|consumer|private|secret|signing|write)[-_.]?key",
    re.IGNORECASE,
)
_PARAMETER: Final = re.compile(r"(?<=[?&;])([^=&;#]+)=([^&;#]*)")


def is_telltale(name: str) -> bool:
    """Return whether a header or parameter of that *name* holds a credential, of whichever layer."""
    return _TELLTALE.fullmatch(name.strip()) is not None


def header_lines(request: Request, known: KnownSecrets) -> Iterator[tuple[str, str]]:
    """Return the header fields of *request* as they may be shown."""
    for name, value in request.headers.items():
        yield name, shown_value(name, value, known)


def shown_value(name: str, value: Text, known: KnownSecrets) -> str:
    """Return a header's value as it may be shown."""
    if isinstance(value, Secret) or is_telltale(name):
        return MASK
    return known.line(value)


def shown_url(request: Request, known: KnownSecrets) -> str:
    """Return the URL of *request* as it may be shown."""
    return known.line(_PARAMETER.sub(_parameter, request.url))


def as_json(request: Request, known: KnownSecrets) -> dict[str, Any]:
    """Return *request* for programs."""
    return {
        "method": request.method,
        "url": shown_url(request, known),
        "headers": dict(header_lines(request, known)),
        "body": body_text(request, known),
    }


def shown_requests(call: Call, known: KnownSecrets) -> list[dict[str, Any]]:
    """Return the requests of a call for programs, without any secret of its payloads either."""
    redact = Redactor.of(call.payloads)
    return [_redacted(as_json(request, known), redact) for request in call.requests]


def _redacted(shown: dict[str, Any], redact: Redactor) -> dict[str, Any]:
    headers = {name: redact(value) for name, value in shown["headers"].items()}
    body = shown["body"]
    return {
        **shown,
        "url": redact(shown["url"]),
        "headers": headers,
        "body": body if body is None else redact(body),
    }


def body_text(request: Request, known: KnownSecrets) -> str | None:
    """Return the body as text; None if there is none, or it is not text."""
    try:
        return None if request.body is None else known.redact(request.body.decode())
    except UnicodeDecodeError:
        return None


def _parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={MASK}" if is_telltale(unquote_plus(found[1])) else found[0]
