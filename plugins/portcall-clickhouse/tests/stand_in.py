"""ClickHouse's HTTP interface, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ENDPOINT = "https://acme.clickhouse.example:8443"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb3J0Y2FsbCJ9.c2ln"
CREDENTIALS = {"Basic cG9ydGNhbGw6cHctMWEyYjNjNGQ=", f"Bearer {TOKEN}"}
INSERT = "POST /"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5},
}


def exception(status, code, text):
    body = f"Code: {code}. DB::Exception: {text}. (version 25.8.1.1)\n"
    return Reply(status, body=body.encode(), headers={"X-ClickHouse-Exception-Code": f"{code}"})


def query(request):
    asked = request.query["query"][0]
    key = "database" if "currentDatabase" in asked else "user"
    rows = [{"name": "events"}] if key == "database" else [{"name": "portcall"}]
    return Reply(json={"meta": [], "data": rows, "rows": len(rows)})


stand_in = ApiStandIn(
    hosts=["acme.clickhouse.example:8443"],
    settings={
        "User name and password": {
            "endpoint": ENDPOINT,
            "method": "password",
            "user": "portcall",
            "password": "pw-1a2b3c4d",
        },
        "JSON web token": {"endpoint": ENDPOINT, "method": "token", "token": TOKEN},
    },
    signed_in=lambda request: request.headers.get("Authorization") in CREDENTIALS,
    stranger=exception(403, 516, "portcall: Authentication failed: password is incorrect"),
    answers={"GET /": query, INSERT: Reply()},
    events={"insert_event": EVENT, "insert_row": EVENT},
    documented=[
        DocumentedAnswer(
            "expired",
            "insert_event",
            INSERT,
            exception(403, 516, "portcall: Authentication failed: token has expired"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "too many parts",
            "insert_event",
            INSERT,
            exception(500, 252, "Too many parts (600). Merges are processing significantly slower"),
            ["retry"],
        ),
        DocumentedAnswer(
            "too many queries at once",
            "insert_event",
            INSERT,
            exception(500, 202, "Too many simultaneous queries. Maximum: 100"),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad row of three",
            "insert_row",
            INSERT,
            lambda request: (
                exception(400, 27, "Cannot parse input: expected a number (at row 2)")
                if b"m-1" in request.body
                else Reply()
            ),
            ["delivered", "rejected", "delivered"],
            "Cannot parse input",
            mapping={
                "table": "rows",
                "row": {
                    "@merge": {"direction": "left", "objects": [{"id": {"@path": "$.messageId"}}]}
                },
            },
        ),
        DocumentedAnswer(
            "a table that does not exist",
            "insert_event",
            INSERT,
            exception(404, 60, "Table default.events does not exist"),
            ["rejected"],
            "does not exist",
        ),
        DocumentedAnswer(
            "a broken server", "insert_event", INSERT, exception(500, 1000, "Poco"), ["uncertain"]
        ),
    ],
)
