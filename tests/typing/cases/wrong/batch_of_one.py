"""A batch gets several payloads."""

from __future__ import annotations

import attrs

from portcall import Client, Outcomes, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post")
def post(client: Client, payload: Message) -> None:
    client.post("/messages", json=payload.text)


@post.batch(size=10)  # wrong: a batch gets several payloads
def post_many(client: Client, payload: Message) -> Outcomes:
    client.post("/batch", json=payload.text)
    return Outcomes()
