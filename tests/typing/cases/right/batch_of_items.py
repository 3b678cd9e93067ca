"""A batch of JSON that is ready to be sent."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from portcall import Client, Outcomes, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post")
def post(client: Client, payload: Message) -> None:
    client.post("/messages", json=payload.text)


@post.batch(size=100, size_bytes=500_000)
def post_many(client: Client, items: Sequence[bytes], idempotency_key: str) -> Outcomes:
    client.post("/batch", body=b"[" + b",".join(items) + b"]", headers={"Key": idempotency_key})
    return Outcomes.delivered(items)
