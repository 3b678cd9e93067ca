"""Confluent's REST Proxy, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ENDPOINT = "https://kafka-rest.acme.example:8082"
CREDENTIALS = {"Basic cG9ydGNhbGw6cHctMWEyYjNjNGQ=", "Bearer token-1a2b3c4d"}
PRODUCE = "POST /topics/events"
EVENT = {"type": "track", "event": "Order Completed", "userId": "u-7"}


def written(request):
    offsets = [
        {"partition": 0, "offset": place, "error_code": None, "error": None}
        for place, _ in enumerate(request.json()["records"])
    ]
    return Reply(json={"key_schema_id": None, "value_schema_id": None, "offsets": offsets})


def offsets(*codes):
    texts = {1: "The message is too large", 2: "The broker is not available", None: None}
    said = [{"partition": 0, "offset": 1, "error_code": c, "error": texts[c]} for c in codes]
    return Reply(json={"offsets": said})


def failed(status, code, message):
    return Reply(status, json={"error_code": code, "message": message})


stand_in = ApiStandIn(
    hosts=["kafka-rest.acme.example:8082"],
    settings={
        "User name and password": {
            "endpoint": ENDPOINT,
            "method": "basic",
            "user": "portcall",
            "password": "pw-1a2b3c4d",
        },
        "Bearer token": {"endpoint": ENDPOINT, "method": "token", "token": "token-1a2b3c4d"},
    },
    signed_in=lambda request: request.headers.get("Authorization") in CREDENTIALS,
    stranger=failed(401, 40101, "Authentication failed"),
    answers={
        "GET /topics": Reply(json=["events", "people"]),
        PRODUCE: written,
        "POST /topics/people": written,
    },
    events={"produce": EVENT, "delete_key": {"type": "delete", "userId": "u-7"}},
    documented=[
        DocumentedAnswer(
            "one bad record of three",
            "produce",
            PRODUCE,
            offsets(None, 1, None),
            ["delivered", "rejected", "delivered"],
            "too large",
        ),
        DocumentedAnswer(
            "one record that may be sent again",
            "produce",
            PRODUCE,
            offsets(None, 2),
            ["delivered", "retry"],
        ),
        DocumentedAnswer(
            "a topic that does not exist",
            "produce",
            PRODUCE,
            failed(404, 40401, "Topic not found."),
            ["rejected"],
            "Topic not found",
        ),
        DocumentedAnswer(
            "no right to write",
            "produce",
            PRODUCE,
            failed(403, 40301, "Not authorized to access topics: [events]"),
            ["rejected"],
            "Not authorized",
        ),
        DocumentedAnswer(
            "a record without a schema",
            "produce",
            PRODUCE,
            failed(422, 42201, "schema"),
            ["rejected"],
        ),
        DocumentedAnswer(
            "throttled", "produce", PRODUCE, failed(429, 42901, "slow down"), ["retry"]
        ),
        DocumentedAnswer(
            "expired", "produce", PRODUCE, failed(401, 40101, "expired"), ["reauthorize"]
        ),
        DocumentedAnswer(
            "a broken broker", "produce", PRODUCE, failed(500, 50002, "Kafka error"), ["uncertain"]
        ),
    ],
)
