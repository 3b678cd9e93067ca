"""Datadog, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "9d1f8e7c6b5a49382716f5e4d3c2b1a5"
LOGS = "POST /api/v2/logs"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5},
}


def failed(status, title, detail):
    return Reply(
        status, json={"errors": [{"status": f"{status}", "title": title, "detail": detail}]}
    )


def logs(request):
    """Refuse a log without a message, as a whole batch."""
    bad = failed(400, "Bad Request", "invalid item: message is missing")
    return bad if any(not each.get("message") for each in request.json()) else Reply(202, json={})


stand_in = ApiStandIn(
    hosts=["http-intake.logs.datadoghq.eu", "api.datadoghq.eu"],
    settings={"API key": {"site": "datadoghq.eu", "api_key": KEY}},
    signed_in=lambda request: request.headers.get("DD-API-KEY") == KEY,
    stranger=Reply(403, json={"errors": ["Forbidden"]}),
    answers={
        "GET /api/v1/validate": Reply(json={"valid": True}),
        LOGS: logs,
        "POST /api/v1/events": Reply(202, json={"status": "ok", "event": {"id": 1}}),
        "POST /api/v2/series": Reply(202, json={"errors": []}),
    },
    events={"send_log": EVENT, "post_event": EVENT, "submit_metric": EVENT},
    documented=[
        DocumentedAnswer(
            "expired",
            "send_log",
            LOGS,
            failed(403, "Forbidden", "Invalid API key"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_log",
            LOGS,
            Reply(429, json={"errors": [{"title": "Too Many Requests"}]}),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad log of three",
            "send_log",
            LOGS,
            lambda request: (
                failed(400, "Bad Request", "invalid item")
                if any(each["message"] == "m-1" for each in request.json())
                else Reply(202, json={})
            ),
            ["delivered", "rejected", "delivered"],
            "invalid item",
            mapping={"message": {"@path": "$.messageId"}},
        ),
        DocumentedAnswer(
            "too large",
            "send_log",
            LOGS,
            failed(413, "Payload Too Large", "too large"),
            ["rejected"],
        ),
        DocumentedAnswer(
            "a point that is refused",
            "submit_metric",
            "POST /api/v2/series",
            Reply(400, json={"errors": ["Payload is not in the expected format"]}),
            ["rejected"],
            "not in the expected format",
        ),
        DocumentedAnswer(
            "not ready", "send_log", LOGS, failed(503, "Service Unavailable", "later"), ["retry"]
        ),
    ],
)
