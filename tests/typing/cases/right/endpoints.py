"""OAuth 2.0 with lists where tuples are kept."""

from __future__ import annotations

import attrs

from portcall import OAuth2Endpoints, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.oauth2_endpoints
def oauth2_endpoints(settings: Settings) -> OAuth2Endpoints:
    return OAuth2Endpoints(
        token_url="https://example.com/token",
        scopes=["events:write"],
        token_types=["bearer", "bot"],
        gone_errors={"token_revoked"},
        client_secret="plain text" if settings.api_key else None,
    )
