"""A homeserver, as the Matrix specification says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

API = "/_matrix/client/v3"
SEND = f"PUT {API}/rooms/%21abcdefg%3Aexample.org/send/m.room.message"
SENT = Reply(json={"event_id": "$1"})


def log_in(request):
    if request.json().get("password") != "correct horse":
        return Reply(403, json={"errcode": "M_FORBIDDEN", "error": "Invalid password"})
    return Reply(
        json={"access_token": "syt_1a2b", "device_id": "D1", "user_id": "@reporter:example.org"}
    )


def signed_in(request):
    """Verify the session; a log-in brings its own credentials."""
    if request.path == f"{API}/login":
        return True
    return request.headers.get("Authorization") == "Bearer syt_1a2b"


stand_in = ApiStandIn(
    hosts=["matrix.example.org"],
    settings={
        "User name and password": {
            "homeserver": "https://matrix.example.org",
            "room_id": "!abcdefg:example.org",
            "username": "reporter",
            "password": "correct horse",
        }
    },
    signed_in=signed_in,
    stranger=Reply(401, json={"errcode": "M_UNKNOWN_TOKEN", "error": "Unknown token"}),
    answers={
        f"POST {API}/login": log_in,
        f"GET {API}/account/whoami": Reply(json={"user_id": "@reporter:example.org"}),
        **{f"{SEND}/m-{number}": SENT for number in range(20)},
    },
    events={"post_message": {"type": "track", "event": "Order Completed", "messageId": "m-1"}},
    documented=[
        DocumentedAnswer(
            "throttled",
            "post_message",
            f"{SEND}/m-1",
            Reply(429, json={"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 30_000}),
            ["retry"],
        ),
        DocumentedAnswer(
            "a room that the account has left",
            "post_message",
            f"{SEND}/m-1",
            Reply(403, json={"errcode": "M_FORBIDDEN", "error": "not in room"}),
            ["rejected"],
        ),
    ],
)
