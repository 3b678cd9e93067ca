"""A batch of payloads."""

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


@post.batch(size=100, keys=["text"], to_json=lambda message: {"text": message.text})
def post_many(client: Client, payloads: Sequence[Message]) -> Outcomes:
    client.post("/messages/batch", json=[each.text for each in payloads])
    return Outcomes.delivered(payloads)
