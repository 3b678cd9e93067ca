"""A scope that the scheme sigv4 asks for."""

from __future__ import annotations

import portcall_sigv4


@portcall_sigv4.hookimpl.signing_scope
def signing_scope() -> portcall_sigv4.SigningScope:
    return portcall_sigv4.SigningScope(service="events", region="eu-central-1")
