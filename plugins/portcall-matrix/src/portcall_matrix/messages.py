"""What an event becomes in a room: one ``m.room.message`` under a transaction id.

https://spec.matrix.org/v1.16/client-server-api/#mroommessage
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any, Final, Literal

import attrs

from portcall import encode_json, field, path, url_path

_TRANSACTION: Final = re.compile(r"(?!\.+$)[A-Za-z0-9._~-]{1,255}")


@attrs.frozen
class Message:
    """One message."""

    text: str = field(
        label="Text", description="What people read.", default=path("$.event"), format="text"
    )
    html: str | None = field(
        label="HTML",
        description="The same with formatting, for those who can show it.",
        default=None,
        format="text",
    )
    kind: Literal["m.notice", "m.text"] = field(
        label="Kind", description="Notices are for what no person wrote.", default="m.notice"
    )
    room_id: str | None = field(
        label="Room ID", description="Otherwise the room of the settings.", default=None
    )
    transaction_id: str | None = field(
        label="Transaction ID",
        description="The homeserver drops repeats by it.",
        default=path("$.messageId"),
    )


def content_of(message: Message) -> dict[str, Any]:
    """Write the content of the message."""
    content = {"msgtype": message.kind, "body": message.text}
    if message.html is not None:
        content |= {"format": "org.matrix.custom.html", "formatted_body": message.html}
    return content


def room_path(room_id: str, message: Message) -> str:
    """Return the path that this message is put to, the same whenever it is sent again."""
    given = message.transaction_id
    if given is None or not _TRANSACTION.fullmatch(given):
        known = given or [room_id, content_of(message)]
        given = f"portcall-{sha256(encode_json(known)).hexdigest()[:32]}"
    return url_path("rooms", room_id, "send", "m.room.message", given)
