"""PostHog, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "phc_1a2b3c4d5e6f7a8b9c0d"
BATCH = "POST /batch/"
STRANGER = Reply(
    401,
    json={
        "type": "authentication_error",
        "code": "invalid_api_key",
        "detail": "Project API key invalid. You can find your project API key in PostHog project settings.",
    },
)

stand_in = ApiStandIn(
    hosts=["us.i.posthog.com", "eu.i.posthog.com"],
    settings={
        "Project token": {"project_api_key": TOKEN},
        "Project token, EU": {"project_api_key": TOKEN, "host": "https://eu.i.posthog.com"},
    },
    signed_in=lambda request: request.json().get("api_key") == TOKEN,
    stranger=STRANGER,
    answers={
        BATCH: Reply(json={"status": "Ok"}),
        "POST /flags": Reply(json={"flags": {}, "errorsWhileComputingFlags": False}),
    },
    events={
        "capture_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"total": 30},
            "context": {"ip": "192.0.2.7", "page": {"url": "https://shop.example/thanks"}},
        },
        "identify_person": {
            "type": "identify",
            "userId": "u-7",
            "anonymousId": "a-1",
            "traits": {"plan": "pro"},
        },
        "identify_group": {
            "type": "group",
            "userId": "u-7",
            "groupId": "acme",
            "traits": {"seats": 12},
        },
    },
    documented=[
        DocumentedAnswer("a token that is none", "capture_event", BATCH, STRANGER, ["reauthorize"]),
        DocumentedAnswer(
            "throttled",
            "capture_event",
            BATCH,
            Reply(429, json={"code": "rate_limited"}),
            ["retry"],
        ),
        DocumentedAnswer(
            "a body that cannot be read",
            "capture_event",
            BATCH,
            Reply(400, json={"code": "invalid_payload", "detail": "Malformed request data"}),
            ["rejected"],
            "Malformed request data",
        ),
        DocumentedAnswer(
            "a batch of three that is too large goes in parts",
            "capture_event",
            BATCH,
            [Reply(413), Reply(json={"status": "Ok"})],
            ["delivered", "delivered", "delivered"],
        ),
    ],
)
