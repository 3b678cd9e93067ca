"""An action, and the hook that lists it."""

from __future__ import annotations

import attrs

from portcall import Action, Client, action, field, hookimpl, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post a message", subscribe='type = "track"')
def post_message(client: Client, payload: Message) -> None:
    client.post("/messages", json={"text": payload.text})


@hookimpl.actions
def actions() -> list[Action]:
    return [post_message]
