"""A destination that forgets people."""

from __future__ import annotations

from portcall import Client, Deletion, on_delete


@on_delete
def forget(client: Client, payload: Deletion) -> None:
    """Forget a person."""
    client.delete("/people/{id}", path={"id": payload.user_id or payload.anonymous_id or ""})
