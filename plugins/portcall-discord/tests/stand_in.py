"""Discord, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

HOOK = "/api/webhooks/223704706495545344/3d89bb7572e0fb30d8128367b3b1b44f"
TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.1a2b3c"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"channel_id": "41771983423143937", "message_id": "1234", "text": "Paid"},
}
POSTED = Reply(json={"id": "1234"})
BOT = {"method": "bot", "bot_token": TOKEN}
WEBHOOK = {"method": "webhook", "webhook_url": f"https://discord.com{HOOK}"}


def refused(status, code, message, **more):
    return Reply(status, json={"code": code, "message": message, **more})


stand_in = ApiStandIn(
    hosts=["discord.com"],
    settings={"Webhook": WEBHOOK, "Bot token": BOT},
    only={"Webhook": ["post_message"]},
    signed_in=lambda request: (
        request.path.startswith(HOOK) or request.headers.get("Authorization") == f"Bot {TOKEN}"
    ),
    stranger=lambda request: (
        refused(401, 50027, "Invalid Webhook Token")
        if request.path.startswith("/api/webhooks/")
        else refused(401, 0, "401: Unauthorized")
    ),
    answers={
        f"GET {HOOK}": Reply(json={"name": "Orders"}),
        "GET /api/v10/users/@me": Reply(json={"username": "OrdersBot"}),
        f"POST {HOOK}": POSTED,
        "POST /api/v10/channels/41771983423143937/messages": POSTED,
        "PATCH /api/v10/channels/41771983423143937/messages/1234": POSTED,
    },
    events={"post_message": EVENT, "edit_message": EVENT},
    documented=[
        DocumentedAnswer(
            "a webhook that was removed",
            "post_message",
            f"POST {HOOK}",
            refused(404, 10015, "Unknown Webhook"),
            ["reauthorize"],
            "Unknown Webhook",
        ),
        DocumentedAnswer(
            "throttled",
            "post_message",
            f"POST {HOOK}",
            Reply(
                429,
                json={
                    "message": "You are being rate limited.",
                    "retry_after": 64.57,
                    "global": False,
                },
            ),
            ["retry"],
        ),
        DocumentedAnswer(
            "a body that is too long",
            "post_message",
            f"POST {HOOK}",
            refused(400, 50035, "Invalid Form Body", errors={"content": {}}),
            ["rejected"],
            "Invalid Form Body",
        ),
        DocumentedAnswer(
            "one bad event of three",
            "post_message",
            f"POST {HOOK}",
            [POSTED, refused(400, 50006, "Cannot send an empty message"), POSTED],
            ["delivered", "rejected", "delivered"],
            "empty message",
        ),
        DocumentedAnswer(
            "a message that there is not",
            "edit_message",
            "PATCH /api/v10/channels/41771983423143937/messages/1234",
            refused(404, 10008, "Unknown Message"),
            ["rejected"],
            "Unknown Message",
            settings=BOT,
        ),
    ],
)
