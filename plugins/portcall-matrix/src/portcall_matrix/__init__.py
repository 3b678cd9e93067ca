"""Matrix: messages to rooms, signed in to with a password and kept so with refresh tokens.

https://spec.matrix.org/v1.16/client-server-api/
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import attrs

from portcall import (
    Action,
    Auth,
    Client,
    Kind,
    MalformedResponseError,
    RequestOptions,
    Response,
    SettingsError,
    Verdict,
    action,
    field,
    hookimpl,
)
from portcall_matrix.limits import retry_at
from portcall_matrix.login import login_of
from portcall_matrix.messages import Message, content_of, room_path
from portcall_session import SessionLogin

API: Final = "/_matrix/client/v3"


@attrs.frozen
class Settings:
    """One account on one homeserver; its user name and password come from the scheme."""

    homeserver: str = field(
        label="Homeserver",
        description="The base URL of the client-server API, without /_matrix.",
        format="uri",
        placeholder="https://matrix.example.org",
    )
    room_id: str | None = field(
        label="Room ID",
        description="Where messages go that name no room: Room settings > Advanced; starts with !.",
        default=None,
        placeholder="!abcdefg:example.org",
    )
    device_name: str = field(
        label="Device name",
        description="What the account's list of devices shows.",
        default="portcall",
        category="Advanced",
    )


@hookimpl
def auth_scheme() -> str:
    return "session"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{homeserver}"]


@hookimpl
def extend_request(settings: Any) -> RequestOptions:
    return RequestOptions(base_url=f"{settings.homeserver.removesuffix('/')}{API}")


@hookimpl
def session_login(settings: Any, auth: Auth) -> SessionLogin:
    return login_of(settings, auth)


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """Older homeservers say how long to wait in the body only."""
    if response.status != 429 or "retry-after" in response.headers:
        return None
    try:
        said = response.json()
    except MalformedResponseError:
        return None
    return Verdict(Kind.THROTTLED, retry_at(said, datetime.now(UTC)), reason="M_LIMIT_EXCEEDED")


@hookimpl
def test_authentication(client: Client) -> str:
    return f"{client.get('/account/whoami').json()['user_id']}"


@action(title="Post a message", subscribe='type = "track"')
def post_message(client: Client, payload: Message, settings: Any) -> None:
    """Post a message to a room; sent again, the same event makes no second message."""
    room = payload.room_id or settings.room_id
    if room is None:
        raise SettingsError("Room ID is missing, in the event and in the settings")
    client.put(room_path(room, payload), json=content_of(payload))


@hookimpl
def actions() -> list[Action]:
    return [post_message]
