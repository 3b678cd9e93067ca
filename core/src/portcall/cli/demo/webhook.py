"""The demo's first destination: a URL, and a signature after Standard Webhooks 1.0.0."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from typing import Any
from uuid import uuid4

import attrs

from portcall import (
    Action,
    Client,
    Request,
    RequestOptions,
    Secret,
    action,
    field,
    hookimpl,
    path,
)


@attrs.frozen
class Settings:
    """Where events go, and what they are signed with."""

    url: str = field(label="URL", format="uri")
    signing_secret: Secret = field(label="Signing secret")


@attrs.frozen
class Message:
    """One event, whole."""

    event: dict[str, Any] = field(label="Event", default=path("$"))
    id: str = field(label="Message ID", default=path("$.messageId"))


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{url}"]


@hookimpl
def sign_request(request: Request, settings: Settings) -> RequestOptions:
    identifier = request.headers.get("webhook-id", f"ping-{uuid4().hex}")
    stamp = str(int(time.time()))
    content = f"{identifier}.{stamp}.".encode() + (request.body or b"")
    key = b64decode(settings.signing_secret.reveal().removeprefix("whsec_"))
    signature = b64encode(hmac.digest(key, content, "sha256")).decode()
    return RequestOptions(
        headers={
            "webhook-id": identifier,
            "webhook-timestamp": stamp,
            "webhook-signature": Secret(f"v1,{signature}"),
        }
    )


@hookimpl
def test_authentication(client: Client, settings: Settings) -> str:
    return str(client.get(settings.url).json()["name"])


@action(title="Send the event")
def send(client: Client, payload: Message, settings: Settings) -> None:
    """Post the event as JSON, as it is."""
    client.post(settings.url, json=payload.event, headers={"webhook-id": payload.id})


@hookimpl
def actions() -> list[Action]:
    return [send]
