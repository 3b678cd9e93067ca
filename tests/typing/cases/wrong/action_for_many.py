"""The outcomes of a batch are not that of one event."""

from __future__ import annotations

import attrs

from portcall import Client, Outcomes, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post a message")  # wrong: the outcomes of a batch are not that of one event
def post(client: Client, payload: Message) -> Outcomes:
    client.post("/messages", json=payload.text)
    return Outcomes()
