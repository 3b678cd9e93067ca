"""Matomo, as its documentation and its source say that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "0123456789abcdef0123456789abcdef"
TRACK = "POST /matomo.php"


def reported(request):
    """Answer the Reporting API, which verifies the token; the Tracking API does without a right one."""
    form = {name: values[0] for name, values in request.form.items()}
    if form.get("token_auth") != TOKEN:
        text = "Unable to authenticate with the provided token. It is either invalid or expired."
        return Reply(401, json={"result": "error", "message": text})
    if form["method"] == "Goals.getGoals":
        return Reply(json=[{"idgoal": 3, "idsite": 1, "name": "Sign-up"}])
    return Reply(json={"idsite": 1, "name": "Acme", "main_url": "https://shop.example"})


def tracked(count, invalid, *indexes):
    more = {"invalid_indices": list(indexes)} if indexes else {}
    return Reply(json={"status": "success", "tracked": count, "invalid": invalid, **more})


CONTEXT = {
    "ip": "203.0.113.7",
    "userAgent": "Mozilla/5.0",
    "locale": "en-GB",
    "page": {"url": "https://shop.example/tea", "title": "Tea"},
}
EVENT = {
    "type": "track",
    "event": "Video Played",
    "userId": "u-7",
    "timestamp": "2026-11-01T12:00:00Z",
    "properties": {"category": "Videos", "label": "Tea", "value": 2.5},
    "context": CONTEXT,
}
ITEMS = '[["p-1","Tea","Tea",20.75,2]]'
stand_in = ApiStandIn(
    hosts=["acme.matomo.cloud"],
    settings={
        "Auth token": {
            "endpoint": "https://acme.matomo.cloud",
            "site_id": 1,
            "token_auth": TOKEN,
        }
    },
    signed_in=lambda _: True,
    stranger=None,
    answers={"POST /index.php": reported, TRACK: tracked(1, 0)},
    events={
        "track_event": EVENT,
        "track_page_view": {"type": "page", "userId": "u-7", "context": CONTEXT},
        "track_order": {
            **EVENT,
            "event": "Order Completed",
            "properties": {"order_id": "o-1", "total": 41.5, "items": ITEMS},
        },
        "track_goal": {**EVENT, "event": "Signed Up"},
    },
    mappings={
        "track_goal": {"goal": 3},
        "track_order": {"items": {"@path": "$.properties.items"}},
    },
    documented=[
        DocumentedAnswer(
            "one bad event of three, behind a 200",
            "track_event",
            TRACK,
            tracked(2, 1, 1),
            ["delivered", "rejected", "delivered"],
        ),
        DocumentedAnswer(
            "some that were not tracked, and the token is of no super user",
            "track_event",
            TRACK,
            tracked(2, 1),
            ["uncertain", "uncertain", "uncertain"],
        ),
        DocumentedAnswer(
            "a token that has expired, which events of the past need",
            "track_event",
            TRACK,
            tracked(0, 3),
            ["uncertain", "uncertain", "uncertain"],
        ),
        DocumentedAnswer("throttled", "track_event", TRACK, Reply(429), ["retry"]),
        DocumentedAnswer(
            "a site that is none",
            "track_page_view",
            TRACK,
            Reply(400, json={"status": "error", "tracked": 0, "invalid": 0}),
            ["rejected"],
        ),
    ],
)
