"""An action has a payload."""

from __future__ import annotations

import attrs

from portcall import Client, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post a message")  # wrong: an action has a payload
def post(client: Client, message: Message) -> None:
    client.post("/messages", json=message.text)
