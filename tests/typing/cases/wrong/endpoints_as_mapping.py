"""A mapping is no endpoints."""

from __future__ import annotations

from portcall import hookimpl


@hookimpl.oauth2_endpoints  # wrong: a mapping is no endpoints
def oauth2_endpoints() -> dict[str, str]:
    return {"token_url": "https://example.com/token"}
