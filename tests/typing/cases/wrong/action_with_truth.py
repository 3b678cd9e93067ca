"""An action gives an outcome, no truth value."""

from __future__ import annotations

import attrs

from portcall import Client, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post a message")  # wrong: an action gives an outcome, no truth value
def post(client: Client, payload: Message) -> bool:
    return bool(client.post("/messages", json=payload.text))
