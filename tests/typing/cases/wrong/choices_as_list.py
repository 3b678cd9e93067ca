"""A list is no page of choices."""

from __future__ import annotations

import attrs

from portcall import Client, action, dynamic, field


@attrs.frozen
class Message:
    channel: str = field(label="Channel", choices=dynamic)


@action(title="Post")
def post(client: Client, payload: Message) -> None:
    client.post("/channels", json=payload.channel)


@post.choices("channel")  # wrong: a list is no page of choices
def channels(client: Client) -> list[str]:
    return [client.get("/channels").text]
