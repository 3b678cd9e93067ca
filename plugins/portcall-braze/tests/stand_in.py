"""Braze, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"
ACCOUNT = {"instance": "iad-03.braze.com", "api_key": KEY}
TRACK = "POST /users/track"


def taken(*errors):
    return Reply(201, json={"message": "success", "events_processed": 1, "errors": [*errors]})


stand_in = ApiStandIn(
    hosts=["rest.iad-03.braze.com", "rest.fra-01.braze.eu"],
    settings={"REST API key": ACCOUNT, "EU": {**ACCOUNT, "instance": "fra-01.braze.eu"}},
    signed_in=lambda request: request.headers.get("Authorization") == f"Bearer {KEY}",
    stranger=Reply(401, json={"message": "Invalid API Key"}),
    answers={
        "GET /events/list": Reply(json={"message": "success", "events": ["Order Completed"]}),
        TRACK: Reply(201, json={"message": "success", "events_processed": 1}),
        "POST /users/delete": Reply(201, json={"message": "success", "deleted": 1}),
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"total": 30},
        },
        "track_purchase": {
            "type": "track",
            "event": "Product Purchased",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"product_id": "p-1", "currency": "EUR", "price": 12.5, "quantity": 2},
        },
        "update_user": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"email": "ada@example.com", "firstName": "Ada", "custom": {"plan": "pro"}},
        },
    },
    documented=[
        DocumentedAnswer(
            "a key that was revoked",
            "track_event",
            TRACK,
            Reply(401, json={"message": "Invalid API Key"}),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "track_event",
            TRACK,
            Reply(429, json={"message": "Rate Limit Exceeded"}),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three, behind a success",
            "track_event",
            TRACK,
            taken({"type": "'time' is not a valid date", "input_array": "events", "index": 1}),
            ["delivered", "rejected", "delivered"],
            "'time' is not a valid date",
        ),
        DocumentedAnswer(
            "an error that names no event",
            "track_event",
            TRACK,
            taken({"type": "an error of another kind"}),
            ["uncertain", "uncertain"],
        ),
        DocumentedAnswer(
            "a fatal error",
            "track_event",
            TRACK,
            Reply(400, json={"message": "Bad Request", "errors": [{"type": "Malformed Request"}]}),
            ["rejected"],
            "Bad Request",
        ),
    ],
)
