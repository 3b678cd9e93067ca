"""LinkedIn's Conversions API, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5mff4gPODzOYR"
EVENTS = "POST /rest/conversionEvents"
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


def signed_in(request):
    assert request.headers["LinkedIn-Version"] == "202607"
    assert request.headers["X-Restli-Protocol-Version"] == "2.0.0"
    return request.headers.get("Authorization") == f"Bearer {TOKEN}"


def failed(status, code, word, message):
    said = {"status": status, "serviceErrorCode": code, "code": word, "message": message}
    return Reply(status, json=said)


def taken(request):
    assert request.headers["X-RestLi-Method"] == "BATCH_CREATE"
    return Reply(json={"elements": [{"status": 201} for _ in request.json()["elements"]]})


stand_in = ApiStandIn(
    hosts=["api.linkedin.com"],
    settings={"Access token": {"ad_account_id": "512345678", "access_token": TOKEN}},
    signed_in=signed_in,
    stranger=failed(401, 65600, "INVALID_ACCESS_TOKEN", "Invalid access token"),
    answers={
        "GET /rest/adAccounts/512345678": Reply(json={"id": 512345678, "name": "Acme"}),
        "GET /rest/conversions": Reply(json={"elements": [{"id": 104012, "name": "Purchase"}]}),
        EVENTS: taken,
    },
    events={"send_conversion": EVENT},
    documented=[
        DocumentedAnswer(
            "expired",
            "send_conversion",
            EVENTS,
            failed(401, 65602, "EXPIRED_ACCESS_TOKEN", "The token used has expired"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "revoked",
            "send_conversion",
            EVENTS,
            failed(401, 65601, "REVOKED_ACCESS_TOKEN", "The token used has been revoked"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_conversion",
            EVENTS,
            failed(429, 101, "TOO_MANY_REQUESTS", "Resource level throttle limit reached"),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad conversion of three",
            "send_conversion",
            EVENTS,
            Reply(
                json={
                    "elements": [
                        {"status": 201},
                        {"status": 400, "error": {"message": "conversionHappenedAt is too old"}},
                        {"status": 201},
                    ]
                }
            ),
            ["delivered", "rejected", "delivered"],
            "too old",
        ),
        DocumentedAnswer(
            "no right to the account",
            "send_conversion",
            EVENTS,
            failed(403, 100, "ACCESS_DENIED", "Not enough permissions"),
            ["rejected"],
            "Not enough permissions",
        ),
    ],
)
