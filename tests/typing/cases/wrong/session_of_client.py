"""A log-in is declared, and has no client."""

from __future__ import annotations

import portcall_session
from portcall import Client


@portcall_session.hookimpl.session_login  # wrong: a log-in is declared, and has no client
def session_login(client: Client) -> portcall_session.SessionLogin | None:
    client.get("/login")
    return None
