"""TikTok's Events API, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"
TRACK = "POST /open_api/v1.3/event/track/"
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


def said(code, message):
    return Reply(json={"code": code, "message": message, "request_id": "r-1", "data": {}})


stand_in = ApiStandIn(
    hosts=["business-api.tiktok.com"],
    settings={"Access token": {"event_source_id": "COQDA8RC77U2TMR44LI0", "access_token": TOKEN}},
    signed_in=lambda request: request.headers.get("Access-Token") == TOKEN,
    stranger=said(40105, "Access token is incorrect or has been revoked."),
    answers={TRACK: said(0, "OK")},
    events={"send_event": EVENT},
    documented=[
        DocumentedAnswer(
            "expired",
            "send_event",
            TRACK,
            said(40102, "Access token has expired."),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_event",
            TRACK,
            said(40100, "Too many requests."),
            ["retry"],
            "Too many",
        ),
        DocumentedAnswer("an outage", "send_event", TRACK, said(50000, "System error"), ["retry"]),
        DocumentedAnswer(
            "one bad event of three",
            "send_event",
            TRACK,
            lambda request: (
                said(40002, "event_time is too old") if b"m-1" in request.body else said(0, "OK")
            ),
            ["delivered", "rejected", "delivered"],
            "too old",
        ),
        DocumentedAnswer(
            "no right to the pixel",
            "send_event",
            TRACK,
            said(40001, "No permission to operate pixel"),
            ["rejected"],
            "No permission",
        ),
    ],
)
