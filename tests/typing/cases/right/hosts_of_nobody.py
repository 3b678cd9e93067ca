"""Hosts that depend on no setting, in a tuple."""

from __future__ import annotations

from portcall import hookimpl


@hookimpl.allowed_hosts
def allowed_hosts() -> tuple[str, ...]:
    return ("api.example.com",)
