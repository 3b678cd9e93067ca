"""An action of an audience, which gives what the destination answered."""

from __future__ import annotations

import attrs

from portcall import Client, Response, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Sync", sync_modes=["add", "remove"])
def sync(client: Client, payload: Message, membership: bool | None, sync_mode: str) -> Response:
    return client.put("/members", json={"in": membership, "mode": sync_mode, "who": payload.text})


@sync.create_audience
def make(client: Client, name: str) -> str:
    return f"{client.post('/lists', json={'name': name}).json()['id']}"


@sync.get_audience
def look_up(audience_id: str) -> str | None:
    return audience_id or None
