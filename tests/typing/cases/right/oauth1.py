"""Endpoints that the scheme oauth1 asks for, as a mapping."""

from __future__ import annotations

import portcall_oauth1


@portcall_oauth1.hookimpl.oauth1_endpoints
def oauth1_endpoints() -> dict[str, str]:
    return {"initiate": "https://a", "authorize": "https://b", "token": "https://c"}
