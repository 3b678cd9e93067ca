"""The answer itself is no auth."""

from __future__ import annotations

from portcall import Auth, Client, hookimpl


@hookimpl.refresh_access_token  # wrong: the answer itself is no auth
def refresh_access_token(client: Client, auth: Auth) -> dict[str, object]:
    return {"token": client.post("/token", form={"t": auth.refresh_token}).text}
