"""A batch says what became of each item."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from portcall import Client, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post")
def post(client: Client, payload: Message) -> None:
    client.post("/messages", json=payload.text)


@post.batch(size=10)  # wrong: a batch says what became of each item
def post_many(client: Client, payloads: Sequence[Message]) -> None:
    client.post("/batch", json=[each.text for each in payloads])
