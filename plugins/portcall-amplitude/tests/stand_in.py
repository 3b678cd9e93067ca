"""Amplitude, as its documentation says that it answers."""

from base64 import b64encode

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "a1b2c3d4e5f60718293a4b5c6d7e8f91"
SECRET = "0f9e8d7c6b5a49382716f5e4d3c2b1a9"
BASIC = f"Basic {b64encode(f'{KEY}:{SECRET}'.encode()).decode()}"
LOG = "POST /2/httpapi"


def signed_in(request):
    if request.path.startswith("/api/2/"):
        return request.headers.get("Authorization") == BASIC
    return request.json().get("api_key") == KEY


def refused(**more):
    return Reply(400, json={"code": 400, "error": "Request missing required field", **more})


stand_in = ApiStandIn(
    hosts=[
        "api2.amplitude.com",
        "api.eu.amplitude.com",
        "amplitude.com",
        "analytics.eu.amplitude.com",
    ],
    settings={
        "Keys": {"api_key": KEY, "secret_key": SECRET},
        "Keys, EU": {"api_key": KEY, "secret_key": SECRET, "region": "eu"},
    },
    signed_in=signed_in,
    stranger=lambda request: (
        Reply(403)
        if request.path.startswith("/api/2/")
        else Reply(400, json={"code": 400, "error": "Invalid API key: a1b2"})
    ),
    answers={
        LOG: Reply(json={"code": 200, "events_ingested": 1, "payload_size_bytes": 50}),
        "GET /api/2/usersearch": Reply(json={"matches": [], "type": "user_id"}),
        "POST /api/2/deletions/users": Reply(json={"day": "2026-12-01", "status": "staging"}),
    },
    events={
        "log_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "user-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"total": 30, "revenue": 25.5},
        },
        "identify_user": {"type": "identify", "userId": "user-7", "traits": {"plan": "pro"}},
        "identify_group": {"type": "group", "groupId": "acme", "traits": {"seats": 12}},
    },
    documented=[
        DocumentedAnswer(
            "a wrong key, which is a 400",
            "log_event",
            LOG,
            Reply(400, json={"code": 400, "error": "Invalid API key: a1b2"}),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "one bad event of three, the others to be sent again",
            "log_event",
            LOG,
            refused(events_with_invalid_fields={"time": [1]}),
            ["retry", "rejected", "retry"],
        ),
        DocumentedAnswer(
            "events with missing fields, and one with an id that is too short",
            "log_event",
            LOG,
            refused(
                events_with_missing_fields={"event_type": [0]},
                events_with_invalid_id_lengths={"user_id": [2]},
            ),
            ["rejected", "retry", "rejected"],
        ),
        DocumentedAnswer(
            "one user of three is throttled",
            "log_event",
            LOG,
            Reply(
                429,
                json={
                    "code": 429,
                    "error": "Too many requests for some devices and users",
                    "eps_threshold": 30,
                    "throttled_users": {"user-7": 31},
                    "throttled_events": [1],
                },
            ),
            ["retry", "retry", "retry"],
        ),
        DocumentedAnswer(
            "a request that is too large",
            "log_event",
            LOG,
            Reply(413, json={"code": 413, "error": "Payload too large"}),
            ["rejected"],
            "Payload too large",
        ),
    ],
)
