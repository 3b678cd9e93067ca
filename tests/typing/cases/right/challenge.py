"""An answer to a challenge."""

from __future__ import annotations

import attrs

from portcall import Auth, Client, Secret, field, hookimpl


@attrs.frozen
class Settings:
    api_key: Secret = field(label="API key")


@hookimpl.answer_challenge
def answer_challenge(settings: Settings, auth: Auth, client: Client) -> Auth:
    answer = client.post("/login", json={"key": settings.api_key}).json()
    return attrs.evolve(auth, access_token=answer["session"])
