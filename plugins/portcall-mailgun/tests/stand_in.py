"""Mailgun, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "key-1a2b3c4d"
TRACK = {
    "type": "track",
    "event": "Order Completed",
    "properties": {
        "from": "Shop <shop@mg.example.com>",
        "email": "ada@example.com",
        "text": "Thank you",
        "template": "receipt",
    },
}
IDENTIFY = {"type": "identify", "traits": {"email": "ada@example.com"}}
SEND = "POST /v3/mg.example.com/messages"
QUEUED = Reply(json={"id": "<1@mg.example.com>", "message": "Queued. Thank you."})
SETTINGS = {"domain": "mg.example.com", "api_key": KEY}
FORBIDDEN = Reply(401, body=b"Forbidden")

stand_in = ApiStandIn(
    hosts=["api.mailgun.net", "api.eu.mailgun.net"],
    settings={"In the US": SETTINGS, "In the EU": {**SETTINGS, "region": "api.eu"}},
    signed_in=lambda request: request.basic == ("api", KEY),
    stranger=FORBIDDEN,
    answers={
        "GET /v3/domains/mg.example.com": Reply(json={"domain": {"name": "mg.example.com"}}),
        "GET /v3/mg.example.com/templates": Reply(json={"items": [{"name": "receipt"}]}),
        SEND: QUEUED,
        "POST /v3/mg.example.com/unsubscribes": Reply(
            json={"message": "1 addresses have been added to the unsubscribes table"}
        ),
    },
    events={"send": TRACK, "send_template": TRACK, "unsubscribe": IDENTIFY},
    documented=[
        DocumentedAnswer("expired", "send", SEND, FORBIDDEN, ["reauthorize"]),
        DocumentedAnswer(
            "throttled", "send", SEND, Reply(429, json={"message": "too many requests"}), ["retry"]
        ),
        DocumentedAnswer(
            "a wrong address",
            "send",
            SEND,
            Reply(400, json={"message": "to parameter is not a valid address"}),
            ["rejected"],
            "not a valid address",
        ),
        DocumentedAnswer(
            "one bad event of three",
            "send",
            SEND,
            [QUEUED, Reply(400, json={"message": "Sandbox subdomains are for testing"}), QUEUED],
            ["delivered", "rejected", "delivered"],
            "Sandbox",
        ),
    ],
)
