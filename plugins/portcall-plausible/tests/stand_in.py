"""Plausible, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "stats-0123456789abcdef"
EVENT = "POST /api/event"
TAKEN = Reply(202, body=b"ok")
CONTEXT = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_6)",
    "page": {"url": "https://shop.example/tea", "referrer": "https://news.example/"},
}


def visitors(request):
    """Answer the Stats API, which verifies the key; events need none."""
    if request.headers.get("Authorization") != f"Bearer {KEY}":
        text = "Invalid API key or site ID. Please make sure you're using a valid API key."
        return Reply(401, json={"error": text})
    return Reply(json=21)


stand_in = ApiStandIn(
    hosts=["plausible.io"],
    settings={
        "Without a key": {"method": "none", "domain": "shop.example"},
        "Stats API key": {
            "method": "stats_key",
            "domain": "shop.example",
            "stats_api_key": KEY,
        },
    },
    signed_in=lambda _: True,
    stranger=None,
    answers={
        "GET /api/health": Reply(json={"postgres": "ok", "clickhouse": "ok"}),
        "GET /api/v1/stats/realtime/visitors": visitors,
        EVENT: TAKEN,
    },
    events={
        "track_event": {"type": "track", "event": "Order Completed", "context": CONTEXT},
        "track_page_view": {"type": "page", "context": CONTEXT},
    },
    documented=[
        DocumentedAnswer(
            "taken, and dropped",
            "track_event",
            EVENT,
            Reply(202, headers={"x-plausible-dropped": "1"}, body=b"ok"),
            ["rejected"],
        ),
        DocumentedAnswer("throttled", "track_event", EVENT, Reply(429), ["retry"]),
        DocumentedAnswer(
            "one bad event of three",
            "track_event",
            EVENT,
            [TAKEN, Reply(400, json={"errors": {"event_name": ["can't be blank"]}}), TAKEN],
            ["delivered", "rejected", "delivered"],
            "can't be blank",
        ),
        DocumentedAnswer(
            "a URL that is none",
            "track_page_view",
            EVENT,
            Reply(400, json={"errors": {"url": ["is not a valid url"]}}),
            ["rejected"],
            "is not a valid url",
        ),
    ],
)
