"""A scheme is named by text."""

from __future__ import annotations

from portcall import hookimpl


@hookimpl.auth_scheme  # wrong: a scheme is named by text
def auth_scheme() -> bytes:
    return b"basic"
