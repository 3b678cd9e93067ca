"""Forgetting a person is about a deletion."""

from __future__ import annotations

import attrs

from portcall import Client, field, on_delete, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@on_delete  # wrong: forgetting a person is about a deletion
def forget(client: Client, payload: Message) -> None:
    client.delete("/people", query={"text": payload.text})
