"""An action with all that most actions ask for, which says what became of the event."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from portcall import Auth, Client, Outcome, action, field, path


@attrs.frozen
class Message:
    text: str = field(label="Text", default=path("$.properties.text"))


@action(title="Post", idempotent=True)
def post(
    client: Client,
    payload: Message,
    settings: object,
    auth: Auth,
    event: Mapping[str, object],
    idempotency_key: str,
) -> Outcome | None:
    headers = {"Idempotency-Key": idempotency_key}
    answer = client.post(
        "/people/{id}/messages",
        path={"id": f"{event['userId']}"},
        json=payload.text,
        headers=headers,
    )
    return Outcome.rejected("closed") if answer.json()["closed"] else None
