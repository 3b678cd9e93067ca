"""The client is not text."""

from __future__ import annotations

import attrs

from portcall import action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post a message")  # wrong: the client is not text
def post(client: str, payload: Message) -> None:
    print(client, payload)
