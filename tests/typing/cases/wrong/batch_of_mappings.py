"""A batch has the action's own payloads."""

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


@post.batch(size=10)  # wrong: a batch has the action's own payloads
def post_many(client: Client, payloads: Sequence[dict[str, str]]) -> Outcomes:
    client.post("/batch", json=[*payloads])
    return Outcomes.delivered(payloads)
