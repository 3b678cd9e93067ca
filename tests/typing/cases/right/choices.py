"""Values to choose from, listed by the destination."""

from __future__ import annotations

import attrs

from portcall import Choices, Client, action, dynamic, field


@attrs.frozen
class Message:
    channel: str = field(label="Channel", choices=dynamic)


@action(title="Post")
def post(client: Client, payload: Message) -> None:
    client.post("/channels/{channel}", path={"channel": payload.channel})


@post.choices("channel")
def channels(client: Client, query: str, page: str | None) -> Choices:
    found = client.get("/channels", query={"q": query, "page": page or ""}).json()
    return Choices([(each["id"], each["name"]) for each in found["channels"]], found["next"])
