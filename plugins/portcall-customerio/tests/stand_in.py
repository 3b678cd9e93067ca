"""Customer.io's Track API, as its documentation says that it answers."""

from base64 import b64encode

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ACCOUNT = {"site_id": "7a1b2c3d4e5f6a7b8c9d", "api_key": "0d1e2f3a4b5c6d7e8f9a"}
KNOWN = f"Basic {b64encode(':'.join(ACCOUNT.values()).encode()).decode()}"
BATCH = "POST /api/v2/batch"


def unauthorized():
    return Reply(401, json={"meta": {"error": "Unauthorized request"}})


stand_in = ApiStandIn(
    hosts=["track.customer.io", "track-eu.customer.io"],
    settings={"Keys": ACCOUNT, "Keys, EU": {**ACCOUNT, "region": "track-eu"}},
    signed_in=lambda request: request.headers.get("Authorization") == KNOWN,
    stranger=unauthorized(),
    answers={
        "GET /api/v1/accounts/region": Reply(
            json={"url": "track.customer.io", "data_center": "us", "environment_id": 176354}
        ),
        BATCH: Reply(json={}),
        "POST /api/v2/entity": Reply(json={}),
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"total": 30},
        },
        "track_page": {
            "type": "page",
            "userId": "u-7",
            "properties": {"url": "https://shop.example/tea"},
        },
        "identify_person": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"email": "ada@example.com", "plan": "pro"},
        },
    },
    documented=[
        DocumentedAnswer(
            "keys that were revoked", "track_event", BATCH, unauthorized(), ["reauthorize"]
        ),
        DocumentedAnswer("throttled", "track_event", BATCH, Reply(429), ["retry"]),
        DocumentedAnswer(
            "one bad event of three",
            "track_event",
            BATCH,
            Reply(
                207,
                json={
                    "errors": [
                        {
                            "batch_index": 1,
                            "reason": "required",
                            "field": "name",
                            "message": "event name is required",
                        }
                    ]
                },
            ),
            ["delivered", "rejected", "delivered"],
            "event name is required",
        ),
        DocumentedAnswer(
            "a body that is not valid",
            "track_event",
            BATCH,
            Reply(400, json={"errors": [{"reason": "invalid", "message": "malformed batch"}]}),
            ["rejected"],
            "malformed batch",
        ),
    ],
)
