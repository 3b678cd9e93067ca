"""Meta's Conversions API, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "EAAGm0PX4ZCpsBAKz-1a2b3c4d"
EVENTS = "POST /v26.0/1234567890123456/events"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {
        "email": " Ada@Example.com ",
        "phone": "+44 20 7946 0958",
        "total": 41.5,
        "currency": "EUR",
        "order_id": "o-1",
        "products": [{"product_id": "p-1", "quantity": 2, "price": 20.75}],
        "conversion_id": "104012",
        "li_fat_id": "df5gf5-gh6t7-ph4j7h-fgf6n1",
    },
    "context": {
        "ip": "203.0.113.7",
        "userAgent": "Mozilla/5.0",
        "page": {"url": "https://shop.example/thanks"},
        "traits": {"firstName": "Ada", "lastName": "Lovelace"},
    },
}


def failed(status, code, message, **more):
    return Reply(status, json={"error": {"message": message, "code": code, **more}})


def received(request):
    said = {"events_received": len(request.json()["data"]), "messages": [], "fbtrace_id": "A1"}
    return Reply(json=said)


INVALID = failed(
    400,
    100,
    "Invalid parameter",
    error_subcode=2804003,
    error_user_msg="The timestamp for this event is too far in the past.",
)

stand_in = ApiStandIn(
    hosts=["graph.facebook.com"],
    settings={"Access token": {"dataset_id": "1234567890123456", "access_token": TOKEN}},
    signed_in=lambda request: request.headers.get("Authorization") == f"Bearer {TOKEN}",
    stranger=failed(400, 190, "Invalid OAuth access token."),
    answers={
        "GET /v26.0/me": Reply(json={"id": "1", "name": "Conversions API System User"}),
        EVENTS: received,
    },
    events={"send_event": EVENT},
    documented=[
        DocumentedAnswer(
            "expired",
            "send_event",
            EVENTS,
            failed(401, 190, "Error validating access token: Session has expired"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_event",
            EVENTS,
            failed(400, 4, "Application request limit"),
            ["retry"],
        ),
        DocumentedAnswer(
            "an outage",
            "send_event",
            EVENTS,
            failed(500, 2, "Service temporarily unavailable"),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three",
            "send_event",
            EVENTS,
            lambda request: INVALID if b"m-1" in request.body else received(request),
            ["delivered", "rejected", "delivered"],
            "too far in the past",
        ),
        DocumentedAnswer(
            "accepted and ignored",
            "send_event",
            EVENTS,
            Reply(
                json={"events_received": 0, "messages": ["no event matched"], "fbtrace_id": "A1"}
            ),
            ["rejected"],
            "no event matched",
        ),
        DocumentedAnswer(
            "no right to the dataset",
            "send_event",
            EVENTS,
            failed(403, 200, "Missing permission"),
            ["rejected"],
            "Missing permission",
        ),
    ],
)
