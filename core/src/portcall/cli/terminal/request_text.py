"""Requests as people read them, with ``***`` in place of every secret."""

from __future__ import annotations

import json
import shlex

from portcall.cli.state import State
from portcall.model.http_request import Request
from portcall.previews.shown_requests import body_text, header_lines, shown_url


def as_text(request: Request, state: State) -> str:
    """Write *request* as HTTP has it: request line, header fields, body."""
    lines = [f"{request.method} {shown_url(request, state)}"]
    lines += [f"{name}: {value}" for name, value in header_lines(request, state)]
    body = body_text(request, state)
    if body is None and request.body is not None:
        body = f"({len(request.body)} bytes)"
    return "\n".join([*lines, "", state.clean(body)] if body else lines)


def as_curl(request: Request, state: State) -> str:
    """Write *request* as a command for curl; secrets are to be filled in where ``***`` is."""
    words = ["curl", "--request", request.method, shown_url(request, state)]
    for name, value in header_lines(request, state):
        words += ["--header", f"{name}: {value}"]
    body = body_text(request, state)
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
