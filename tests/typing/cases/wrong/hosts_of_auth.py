"""Hosts cannot depend on credentials."""

from __future__ import annotations

from portcall import Auth, hookimpl


@hookimpl.allowed_hosts  # wrong: hosts cannot depend on credentials
def allowed_hosts(auth: Auth) -> list[str]:
    return [f"{auth.state}"]
