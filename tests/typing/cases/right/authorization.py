"""The page to send a person to."""

from __future__ import annotations

from portcall import Auth, Authorization, hookimpl


@hookimpl.begin_authorization
def begin_authorization(redirect_url: str, auth: Auth) -> Authorization:
    return Authorization(
        url=f"https://example.com/{auth.client_id}", pending={"back": redirect_url}
    )
