"""Webhook: any URL, with secret headers and a signature (Standard Webhooks 1.0.0).

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import hmac
import re
import time
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import Any, Final

import attrs

from portcall import (
    Action,
    Client,
    Request,
    RequestOptions,
    Secret,
    action,
    encode_json,
    field,
    hookimpl,
    path,
    reveal,
)

_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")


@attrs.frozen
class Settings:
    """Where events go, and how the receiver knows whose they are."""

    url: str = field(
        label="URL",
        description="Where each event is posted; put credentials into the headers, not here.",
        format="uri",
        placeholder="https://example.com/events",
    )
    headers: dict[str, Secret] = field(
        label="Secret headers",
        description='Sent with each event: {"X-Api-Key": "..."}.',
        default={},
    )
    signing_secret: Secret | None = field(
        label="Signing secret",
        description="What the receiver checks signatures with: whsec_ and 24 to 64 bytes in base64.",
        placeholder="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # the specification's own
        default=None,
    )

    def __attrs_post_init__(self) -> None:
        if not all(map(_HEADER.fullmatch, self.headers)):
            raise ValueError("Secret headers must have names such as `X-Api-Key`")
        if (
            self.signing_secret is not None
            and not 24 <= len(signing_key(self.signing_secret)) <= 64
        ):
            raise ValueError("Signing secret must be `whsec_` and 24 to 64 bytes in base64")


@attrs.frozen
class Message:
    """One event, whole."""

    event: dict[str, Any] = field(label="Event", description="Sent as JSON.", default=path("$"))
    id: str | None = field(
        label="Message ID",
        description="The receiver's key against repeats: the same whenever this event is sent.",
        default=path("$.messageId"),
    )


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{url}"]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(headers=settings.headers)


@hookimpl
def sign_request(request: Request, settings: Settings) -> RequestOptions | None:
    """A retry keeps its ``webhook-id`` and gets a timestamp of its own."""
    if settings.signing_secret is None or "webhook-id" not in request.headers:
        return None
    timestamp = str(int(time.time()))
    content = f"{request.headers['webhook-id']}.{timestamp}.".encode() + (request.body or b"")
    signature = sign(settings.signing_secret, content)
    return RequestOptions(headers={"webhook-timestamp": timestamp, "webhook-signature": signature})


@action(title="Send the event", idempotent=True)
def send(client: Client, payload: Message, settings: Settings) -> None:
    """Post the event as JSON, as it is.

    A repeat has the same ``webhook-id``, by which receivers know it.
    """
    client.post(settings.url, json=payload.event, headers={"webhook-id": message_id(payload)})


@hookimpl
def actions() -> list[Action]:
    return [send]


def signing_key(secret: Secret) -> bytes:
    """Read the bytes of a signing secret; empty if it is not base64."""
    try:
        return b64decode(reveal(secret).removeprefix("whsec_"), validate=True)
    except ValueError:
        return b""


def sign(secret: Secret, content: bytes) -> str:
    """Sign ``{id}.{timestamp}.{body}`` with HMAC-SHA256, as ``webhook-signature`` has it."""
    return f"v1,{b64encode(hmac.digest(signing_key(secret), content, 'sha256')).decode()}"


def message_id(message: Message) -> str:
    """Return the event's own id, or one made of its content, so that a repeat has the same.

    An id with other characters is hashed: with a ``.`` in it, the signed content could be read in
    two ways.
    """
    if message.id is not None and _ID.fullmatch(message.id):
        return message.id
    return f"msg_{sha256(encode_json(message.id or message.event)).hexdigest()[:32]}"
