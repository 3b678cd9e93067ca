"""Requests as people read them, with ``***`` in place of every secret."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote_plus

from portcall.cli.state import State
from portcall.model import Request
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


def header_lines(request: Request, state: State) -> Iterator[tuple[str, str]]:
    """Return the header fields of *request* as they may be shown."""
    for name, value in request.headers.items():
        yield name, shown_value(name, value, state)


def shown_value(name: str, value: Text, state: State) -> str:
    """Return a header's value as it may be shown."""
    if isinstance(value, Secret) or is_telltale(name):
        return MASK
    return state.line(value)


def shown_url(request: Request, state: State) -> str:
    """Return the URL of *request* as it may be shown."""
    return state.line(_PARAMETER.sub(_parameter, request.url))


def as_text(request: Request, state: State) -> str:
    """Write *request* as HTTP has it: request line, header fields, body."""
    lines = [f"{request.method} {shown_url(request, state)}"]
    lines += [f"{name}: {value}" for name, value in header_lines(request, state)]
    body = _body(request, state)
    if body is None and request.body is not None:
        body = f"({len(request.body)} bytes)"
    return "\n".join([*lines, "", state.clean(body)] if body else lines)


def as_json(request: Request, state: State) -> dict[str, Any]:
    """Return *request* for programs."""
    return {
        "method": request.method,
        "url": shown_url(request, state),
        "headers": dict(header_lines(request, state)),
        "body": _body(request, state),
    }


def as_curl(request: Request, state: State) -> str:
    """Write *request* as a command for curl; secrets are to be filled in where ``***`` is."""
    words = ["curl", "--request", request.method, shown_url(request, state)]
    for name, value in header_lines(request, state):
        words += ["--header", f"{name}: {value}"]
    body = _body(request, state)
    if body is not None:
        words += ["--data-raw", body]
    elif request.body is not None:
        words += ["--data-binary", "@FILE"]
    return " ".join(shlex.quote(word) for word in words)


def pretty(body: bytes) -> str | None:
    """Return a JSON body indented; None if it is none."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        return None


def _parameter(found: re.Match[str]) -> str:
    return f"{found[1]}={MASK}" if is_telltale(unquote_plus(found[1])) else found[0]


def _body(request: Request, state: State) -> str | None:
    """Return the body as text; None if there is none, or it is no text."""
    try:
        return None if request.body is None else state.redact(request.body.decode())
    except UnicodeDecodeError:
        return None
