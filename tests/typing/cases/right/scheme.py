"""A destination that names its scheme."""

from __future__ import annotations

from portcall import hookimpl


@hookimpl.auth_scheme
def auth_scheme() -> str:
    return "basic"
