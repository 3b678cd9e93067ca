"""Airtable, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

BASE = "appZ9X8Y7W6V5U4T3"
TOKEN = "patA1b2C3d4E5f6G7.0123456789abcdef"
CREATE = f"POST /v0/{BASE}/Events"
TRACK = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
}
IDENTIFY = {
    "type": "identify",
    "userId": "u-7",
    "traits": {"name": "Ada", "email": "ada@example.com"},
}


def failed(status, kind, message):
    return Reply(status, json={"error": {"type": kind, "message": message}})


def written(request):
    records = [{"id": f"rec{n}", **each} for n, each in enumerate(request.json()["records"])]
    return Reply(json={"records": records})


BAD = failed(422, "INVALID_VALUE_FOR_COLUMN", 'Field "Total" cannot accept the provided value')

stand_in = ApiStandIn(
    hosts=["api.airtable.com"],
    settings={"Personal access token": {"base_id": BASE, "access_token": TOKEN}},
    signed_in=lambda request: request.headers.get("Authorization") == f"Bearer {TOKEN}",
    stranger=failed(401, "AUTHENTICATION_REQUIRED", "Authentication required"),
    answers={
        "GET /v0/meta/whoami": Reply(json={"id": "usrL2PNC5o3H4lBEi", "scopes": []}),
        f"GET /v0/meta/bases/{BASE}/tables": Reply(
            json={"tables": [{"id": "tbl1", "name": "Events"}, {"id": "tbl2", "name": "People"}]}
        ),
        CREATE: written,
        f"PATCH /v0/{BASE}/People": written,
    },
    events={"create_record": TRACK, "upsert_record": IDENTIFY},
    documented=[
        DocumentedAnswer(
            "throttled",
            "create_record",
            CREATE,
            Reply(429, json={"errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit"}]}),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad record of three",
            "create_record",
            CREATE,
            lambda request: BAD if b"m-1" in request.body else written(request),
            ["delivered", "rejected", "delivered"],
            "cannot accept",
            mapping={
                "table": "Events",
                "typecast": False,
                "fields": {
                    "@merge": {
                        "direction": "left",
                        "objects": [{"Total": {"@path": "$.messageId"}}],
                    }
                },
            },
        ),
        DocumentedAnswer(
            "a field that does not exist",
            "create_record",
            CREATE,
            failed(422, "UNKNOWN_FIELD_NAME", 'Unknown field name: "Event"'),
            ["rejected"],
            "Unknown field name",
        ),
        DocumentedAnswer(
            "no access to the base",
            "create_record",
            CREATE,
            failed(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", "Invalid permissions"),
            ["rejected"],
            "Invalid permissions",
        ),
        DocumentedAnswer(
            "expired",
            "create_record",
            CREATE,
            failed(401, "AUTHENTICATION_REQUIRED", "Authentication required"),
            ["reauthorize"],
        ),
    ],
)
