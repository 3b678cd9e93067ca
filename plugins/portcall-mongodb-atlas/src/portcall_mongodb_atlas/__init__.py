"""MongoDB Atlas: the Administration API, which signs in by digest with a pair of keys.

https://www.mongodb.com/docs/api/doc/atlas-admin-api-v2/
"""

from __future__ import annotations

from typing import Final

import attrs

from portcall import (
    Action,
    Client,
    RequestOptions,
    Secret,
    action,
    field,
    hookimpl,
)
from portcall_mongodb_atlas.payloads import Access, Acknowledgement

VERSION: Final = "application/vnd.atlas.2023-01-01+json"


@attrs.frozen
class Settings:
    """A project, and an API key that may act on it."""

    username: str = field(
        label="Public key", description="Organization > Applications > API Keys: the eight letters."
    )
    password: Secret = field(
        label="Private key", description="Shown once, when the API key is made."
    )
    project_id: str = field(
        label="Project ID",
        description="Project Settings: 24 hexadecimal digits.",
        placeholder="32b6e34b3d91647abb20e7b8",
    )
    server: str = field(
        label="Server",
        description="Which Atlas the project is in.",
        choices=[
            ("cloud.mongodb.com", "Atlas"),
            ("cloud.mongodbgov.com", "Atlas for Government"),
        ],
        default="cloud.mongodb.com",
        category="Advanced",
    )


@hookimpl
def auth_scheme() -> str:
    return "digest"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts(settings: Settings) -> list[str]:
    return [settings.server]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    base_url = f"https://{settings.server}/api/atlas/v2"
    return RequestOptions(base_url=base_url, headers={"Accept": VERSION})


@hookimpl
def test_authentication(client: Client) -> str:
    status = client.get("").json()
    key = status.get("apiKey") or {}
    return f"{status['appName']}, API key {key.get('publicKey', 'unknown')}"


@action(title="Acknowledge an alert", subscribe='type = "track" and event = "Alert Acknowledged"')
def acknowledge_alert(client: Client, payload: Acknowledgement, settings: Settings) -> None:
    """Stop the notifications of an open alert of the project until a point in time."""
    place = {"project": settings.project_id, "alert": payload.alert_id}
    body = payload.to_json()
    client.patch("/groups/{project}/alerts/{alert}", path=place, json=body, idempotent=True)


@action(title="Let an address in", subscribe='type = "track" and event = "Access Granted"')
def allow_address(client: Client, payload: Access, settings: Settings) -> None:
    """Put an IP address or range on the project's access list, for some days or for good."""
    # Atlas updates an entry that is there already, so a repeat does no harm.
    place, body = {"project": settings.project_id}, [payload.to_json()]
    client.post("/groups/{project}/accessList", path=place, json=body, idempotent=True)


@hookimpl
def actions() -> list[Action]:
    return [acknowledge_alert, allow_address]
