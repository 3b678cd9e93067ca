"""A refresh."""

from __future__ import annotations

from portcall import Auth, Client, hookimpl, token_response


@hookimpl.refresh_access_token
def refresh_access_token(client: Client, auth: Auth) -> Auth:
    answer = client.post("/token", form={"refresh_token": auth.refresh_token})
    return token_response(answer, auth)
