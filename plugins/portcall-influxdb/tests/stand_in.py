"""InfluxDB of three versions, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ENDPOINT = "https://influx.acme.example:8086"
CREDENTIALS = {
    "/api/v2/": "Token token-1a2b3c4d",
    "/api/v3/": "Bearer apiv3_1a2b3c4d",
    "/ping": "Bearer apiv3_1a2b3c4d",
    "/write": "Basic cG9ydGNhbGw6cHctMWEyYjNjNGQ=",
    "/query": "Basic cG9ydGNhbGw6cHctMWEyYjNjNGQ=",
}
WRITE = "POST /api/v2/write"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00.000001Z",
    "properties": {"total": 41.5, "count": 2, "paid": True, "note": 'a "b"'},
}


def signed_in(request):
    wanted = next(value for path, value in CREDENTIALS.items() if request.path.startswith(path))
    return request.headers.get("Authorization") == wanted


def failed(status, code, message):
    return Reply(status, json={"code": code, "message": message})


V2 = {
    "endpoint": ENDPOINT,
    "method": "v2",
    "org": "acme",
    "bucket": "events",
    "token": "token-1a2b3c4d",
}

stand_in = ApiStandIn(
    hosts=["influx.acme.example:8086"],
    settings={
        "InfluxDB 2": V2,
        "InfluxDB 3": {
            "endpoint": ENDPOINT,
            "method": "v3",
            "database": "events",
            "v3_token": "apiv3_1a2b3c4d",
        },
        "InfluxDB 1": {
            "endpoint": ENDPOINT,
            "method": "v1",
            "database": "events",
            "username": "portcall",
            "password": "pw-1a2b3c4d",
        },
    },
    signed_in=signed_in,
    stranger=failed(401, "unauthorized", "unauthorized access"),
    answers={
        "GET /api/v2/buckets": Reply(json={"buckets": [{"id": "1", "name": "events"}]}),
        WRITE: Reply(204),
        "GET /ping": Reply(json={"version": "3.4.0", "revision": "abc"}),
        "POST /api/v3/write_lp": Reply(204),
        "GET /query": Reply(
            json={"results": [{"series": [{"name": "databases", "values": [["events"]]}]}]}
        ),
        "POST /write": Reply(204),
    },
    events={"write_point": EVENT, "count_event": EVENT},
    documented=[
        DocumentedAnswer(
            "throttled", "write_point", WRITE, Reply(429, headers={"Retry-After": "60"}), ["retry"]
        ),
        DocumentedAnswer(
            "expired",
            "write_point",
            WRITE,
            failed(401, "unauthorized", "unauthorized access"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "one bad point of three",
            "count_event",
            WRITE,
            lambda request: (
                failed(422, "unprocessable entity", "field type conflict: dropped=1")
                if b"m-1" in request.body
                else Reply(204)
            ),
            ["delivered", "rejected", "delivered"],
            "field type conflict",
        ),
        DocumentedAnswer(
            "a bucket that does not exist",
            "write_point",
            WRITE,
            failed(404, "not found", 'bucket "events" not found'),
            ["rejected"],
            "not found",
        ),
        DocumentedAnswer(
            "not ready",
            "write_point",
            WRITE,
            failed(503, "unavailable", "Service unavailable to accept writes"),
            ["retry"],
        ),
    ],
)
