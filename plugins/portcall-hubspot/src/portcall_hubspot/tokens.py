"""HubSpot's token endpoint (RFC 6749 §6); its access tokens live for 30 minutes.

https://developers.hubspot.com/docs/api-reference/latest/authentication/manage-oauth-tokens
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from portcall import (
    Auth,
    AuthenticationError,
    Client,
    MalformedResponseError,
    ReauthorizationError,
    RefreshError,
    Response,
    ResponseError,
    ThrottledError,
    TransportError,
)

_GONE: Final = {"invalid_grant", "BAD_REFRESH_TOKEN"}


def refresh(client: Client, auth: Auth, endpoint: str) -> Auth | None:
    """Trade the refresh token, which stays good, for a new access token.

    Raises:
        ReauthorizationError: The refresh token is gone: the app was uninstalled or its access revoked.
        RefreshError: HubSpot cannot serve just now.
        AuthenticationError: HubSpot refuses the app itself: its client id or secret.
    """
    if not auth.refresh_token:
        return None
    form = {
        "grant_type": "refresh_token",
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
        "refresh_token": auth.refresh_token,
    }
    try:
        token = _object(client.post(endpoint, form=form))
    except ThrottledError as exc:  # 429 and 5xx
        raise RefreshError(
            f"HubSpot gives no token at the moment: {exc}", exc.retry_at, exc.response
        ) from exc
    except TransportError as exc:
        raise RefreshError(f"HubSpot gives no token: {exc}") from exc
    except ResponseError as exc:
        if not _GONE.isdisjoint(_object(exc.response).get(key) for key in ("error", "status")):
            raise ReauthorizationError(
                "HubSpot no longer knows the refresh token: authorize the connection again",
                response=exc.response,
            ) from exc
        raise AuthenticationError(f"HubSpot refuses this app a token: {exc}", exc.response) from exc
    if not isinstance(token.get("access_token"), str):
        raise RefreshError("HubSpot answered without an access token")
    return attrs.evolve(
        auth,
        access_token=token["access_token"],
        refresh_token=token.get("refresh_token") or auth.refresh_token,
        expires_at=_expires_at(token.get("expires_in")),
    )


def _object(response: Response) -> dict[str, Any]:
    try:
        said = response.json()
    except MalformedResponseError:
        return {}
    return said if isinstance(said, dict) else {}


def _expires_at(expires_in: object) -> datetime | None:
    if not isinstance(expires_in, int):
        return None
    return datetime.now(UTC) + timedelta(seconds=expires_in)
