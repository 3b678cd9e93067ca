"""Slack, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "xoxb-17653672481-1a2b3c4d"
HOOK = "/services/T00000000/B00000000/1a2b3c4d5e6f"
MESSAGE = {"channel": "C012345678", "ts": "1503435956.000247", "text": "Paid", "emoji": "tada"}
WEBHOOK = {"method": "webhook", "webhook_url": f"https://hooks.slack.com{HOOK}"}
POST = "POST /api/chat.postMessage"


def refused(error):
    return Reply(json={"ok": False, "error": error})


stand_in = ApiStandIn(
    hosts=["slack.com", "hooks.slack.com"],
    settings={"Bot token": {"method": "bot", "bot_token": TOKEN}, "Incoming webhook": WEBHOOK},
    signed_in=lambda request: (
        request.path == HOOK or request.headers.get("Authorization") == f"Bearer {TOKEN}"
    ),
    stranger=lambda request: (
        Reply(404, body=b"no_service")
        if request.path.startswith("/services/")
        else refused("invalid_auth")
    ),
    answers={
        "GET /api/auth.test": Reply(
            json={"ok": True, "team": "Subarachnoid Workspace", "team_id": "T12345678"}
        ),
        POST: Reply(json={"ok": True, "channel": "C012345678", "ts": "1503435956.000247"}),
        "POST /api/chat.update": Reply(json={"ok": True}),
        "POST /api/reactions.add": Reply(json={"ok": True}),
        "GET /api/conversations.list": Reply(
            json={
                "ok": True,
                "channels": [{"id": "C012345678", "name": "general"}],
                "response_metadata": {"next_cursor": ""},
            }
        ),
        f"POST {HOOK}": Reply(body=b"ok"),
    },
    events={
        "post_message": {"type": "track", "event": "Paid", "userId": "u-7", "properties": MESSAGE},
        "update_message": {"type": "track", "event": "Paid", "properties": MESSAGE},
        "add_reaction": {"type": "track", "event": "Paid", "properties": MESSAGE},
    },
    only={"Incoming webhook": ["post_message"]},
    documented=[
        DocumentedAnswer(
            "expired", "post_message", POST, refused("token_expired"), ["reauthorize"]
        ),
        DocumentedAnswer(
            "throttled", "post_message", POST, Reply(429, headers={"Retry-After": "30"}), ["retry"]
        ),
        DocumentedAnswer(
            "throttled behind a 200", "post_message", POST, refused("ratelimited"), ["retry"]
        ),
        DocumentedAnswer(
            "a channel that does not exist",
            "post_message",
            POST,
            refused("channel_not_found"),
            ["rejected"],
            "channel_not_found",
        ),
        DocumentedAnswer(
            "one bad event of three",
            "post_message",
            POST,
            [Reply(json={"ok": True}), refused("no_text"), Reply(json={"ok": True})],
            ["delivered", "rejected", "delivered"],
            "no_text",
        ),
        DocumentedAnswer(
            "a payload that cannot be read",
            "post_message",
            f"POST {HOOK}",
            Reply(400, body=b"invalid_payload"),
            ["rejected"],
            "invalid_payload",
            settings=WEBHOOK,
        ),
        DocumentedAnswer(
            "a webhook that was removed",
            "post_message",
            f"POST {HOOK}",
            Reply(404, body=b"no_service"),
            ["reauthorize"],
            settings=WEBHOOK,
        ),
    ],
)
