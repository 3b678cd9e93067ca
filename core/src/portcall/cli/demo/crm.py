"""The demo's second destination: a CRM with bearer tokens that end and refresh tokens that rotate."""

from __future__ import annotations

from typing import Any

import attrs

from portcall import (
    Action,
    Auth,
    Client,
    RequestOptions,
    action,
    field,
    hookimpl,
    path,
)


@attrs.frozen
class Settings:
    """Where the CRM is."""

    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Activity:
    """What a person did, and who that is."""

    kind: str = field(label="Kind", default=path("$.type"))
    person: str | None = field(label="Person", default=path("$.userId"))
    email: str | None = field(label="Email", format="email", default=path("$.traits.email"))
    name: str | None = field(label="Event name", default=path("$.event"))
    properties: dict[str, Any] | None = field(label="Properties", default=path("$.properties"))
    occurred_at: str = field(label="Time", default=path("$.timestamp"))


@hookimpl
def auth_scheme() -> str:
    return "oauth2"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{endpoint}"]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(base_url=settings.endpoint)


@hookimpl
def refresh_access_token(client: Client, auth: Auth) -> Auth:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": auth.refresh_token,
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
    }
    token = client.post("/oauth/token", form=form).json()
    return attrs.evolve(
        auth, access_token=token["access_token"], refresh_token=token["refresh_token"]
    )


@hookimpl
def test_authentication(client: Client) -> str:
    return str(client.get("/me").json()["account"])


@action(title="Record an activity")
def record(client: Client, payload: Activity) -> None:
    """Write what a person did into the CRM."""
    client.post("/activities", json=attrs.asdict(payload))


@hookimpl
def actions() -> list[Action]:
    return [record]
