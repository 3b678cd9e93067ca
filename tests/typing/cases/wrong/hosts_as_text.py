"""A text is not a list of hosts."""

from __future__ import annotations

from portcall import hookimpl


@hookimpl.allowed_hosts  # wrong: a text is not a list of hosts
def allowed_hosts() -> str:
    return "api.example.com"
