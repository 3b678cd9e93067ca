"""Telegram's Bot API, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {
        "chat_id": "@orders",
        "message_id": 12,
        "text": "Paid",
        "photo": "https://shop.example/receipt.png",
    },
}
SEND = f"POST /bot{TOKEN}/sendMessage"
SENT = Reply(json={"ok": True, "result": {"message_id": 12}})


def refused(status, description, **parameters):
    said = {"ok": False, "error_code": status, "description": description}
    return Reply(status, json={**said, "parameters": parameters} if parameters else said)


stand_in = ApiStandIn(
    hosts=["api.telegram.org"],
    settings={"Bot token": {"bot_token": TOKEN}},
    signed_in=lambda request: request.path.startswith(f"/bot{TOKEN}/"),
    stranger=refused(401, "Unauthorized"),
    answers={
        f"POST /bot{TOKEN}/getMe": Reply(
            json={"ok": True, "result": {"id": 123456, "is_bot": True, "username": "OrdersBot"}}
        ),
        SEND: SENT,
        f"POST /bot{TOKEN}/editMessageText": SENT,
        f"POST /bot{TOKEN}/sendPhoto": SENT,
    },
    events={"send_message": EVENT, "edit_message": EVENT, "send_photo": EVENT},
    documented=[
        DocumentedAnswer(
            "revoked", "send_message", SEND, refused(401, "Unauthorized"), ["reauthorize"]
        ),
        DocumentedAnswer(
            "throttled",
            "send_message",
            SEND,
            refused(429, "Too Many Requests: retry after 30", retry_after=30),
            ["retry"],
        ),
        DocumentedAnswer(
            "a chat that there is not",
            "send_message",
            SEND,
            refused(400, "Bad Request: chat not found"),
            ["rejected"],
            "chat not found",
        ),
        DocumentedAnswer(
            "one of three has blocked the bot",
            "send_message",
            SEND,
            [SENT, refused(403, "Forbidden: bot was blocked by the user"), SENT],
            ["delivered", "rejected", "delivered"],
            "blocked by the user",
        ),
    ],
)
