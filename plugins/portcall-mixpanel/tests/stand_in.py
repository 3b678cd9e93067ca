"""Mixpanel, as its documentation says that it answers."""

from base64 import b64encode

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "d8e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5"
ACCOUNT = {
    "method": "service_account",
    "username": "portcall.a1b2c3.mp-service-account",
    "secret": "Zx81QpLmN0rTuVwY",
    "project_id": "2195193",
    "project_token": TOKEN,
}
ALONE = {"method": "project_token", "project_token": TOKEN}
PAIRS = {f"{ACCOUNT['username']}:{ACCOUNT['secret']}", f"{TOKEN}:"}
KNOWN = {f"Basic {b64encode(pair.encode()).decode()}" for pair in PAIRS}
IMPORT = "POST /import"


def failed(*records):
    return Reply(
        400,
        json={
            "code": 400,
            "error": "some data points in the request failed validation",
            "status": "Bad Request",
            "num_records_imported": 3 - len(records),
            "failed_records": [*records],
        },
    )


stand_in = ApiStandIn(
    hosts=["api.mixpanel.com", "api-eu.mixpanel.com"],
    settings={"Service account": ACCOUNT, "Project token": ALONE},
    signed_in=lambda request: request.headers.get("Authorization") in KNOWN,
    stranger=Reply(
        401, json={"code": 401, "error": "Invalid credentials", "status": "Unauthorized"}
    ),
    answers={
        IMPORT: Reply(json={"code": 200, "num_records_imported": 1, "status": "OK"}),
        "POST /engage": Reply(json={"status": 1, "error": None}),
        "GET /lookup-tables": Reply(json={"code": 200, "status": "OK", "results": []}),
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00.250Z",
            "properties": {"total": 30},
        },
        "set_profile": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"email": "ada@example.com", "name": "Ada", "plan": "pro"},
        },
        "increment_profile": {
            "type": "track",
            "userId": "u-7",
            "properties": {"increments": {"orders": 1}},
        },
    },
    documented=[
        DocumentedAnswer(
            "throttled",
            "track_event",
            IMPORT,
            Reply(
                429,
                json={
                    "code": 429,
                    "error": "Project exceeded rate limits. Please retry the request with "
                    "exponential backoff.",
                    "status": "Too Many Requests",
                },
            ),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three",
            "track_event",
            IMPORT,
            failed(
                {
                    "index": 1,
                    "insert_id": "m-1",
                    "field": "properties.time",
                    "message": "'properties.time' is invalid: must be specified as seconds since epoch",
                }
            ),
            ["delivered", "rejected", "delivered"],
            "'properties.time' is invalid",
        ),
        DocumentedAnswer(
            "a batch that is too large",
            "track_event",
            IMPORT,
            Reply(
                413,
                json={
                    "code": 413,
                    "error": "request exceeds max limit of 2097152 bytes",
                    "status": "Request Entity Too Large",
                },
            ),
            ["rejected"],
            "request exceeds max limit",
        ),
        DocumentedAnswer(
            "a profile that is not taken, behind a 200",
            "set_profile",
            "POST /engage",
            Reply(json={"status": 0, "error": "$distinct_id, missing or empty"}),
            ["rejected"],
            "missing or empty",
        ),
        DocumentedAnswer(
            "credentials that were revoked",
            "track_event",
            IMPORT,
            Reply(
                401, json={"code": 401, "error": "Invalid credentials", "status": "Unauthorized"}
            ),
            ["reauthorize"],
        ),
    ],
)
