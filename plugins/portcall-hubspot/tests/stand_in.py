"""HubSpot, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "CJSP5qf1KhICAQEYs1a2b"
IDENTIFY = {"type": "identify", "traits": {"email": "ada@example.com", "firstName": "Ada"}}
TRACK = {
    "type": "track",
    "event": "pe12345678_order_completed",
    "messageId": "m-1",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"email": "ada@example.com", "total": 41.5},
}
UPSERT = "POST /crm/objects/2026-03/contacts/batch/upsert"
SEND = "POST /events/2026-03/send"


def refused(status, category, message):
    return Reply(status, json={"status": "error", "category": category, "message": message})


UNKNOWN = refused(401, "INVALID_AUTHENTICATION", "Authentication credentials not found")

stand_in = ApiStandIn(
    hosts=["api.hubapi.com"],
    settings={"OAuth app": {}},
    auth={"access_token": TOKEN},
    signed_in=lambda request: request.headers.get("Authorization") == f"Bearer {TOKEN}",
    stranger=UNKNOWN,
    answers={
        "GET /account-info/2026-03/details": Reply(
            json={"portalId": 12345678, "uiDomain": "app-eu1.hubspot.com"}
        ),
        "GET /events/2026-03/event-definitions": Reply(json={"results": []}),
        UPSERT: Reply(json={"status": "COMPLETE", "results": []}),
        SEND: Reply(204),
        f"{SEND}/batch": Reply(204),
    },
    events={"upsert_contact": IDENTIFY, "send_event": TRACK},
    documented=[
        DocumentedAnswer(
            "expired",
            "send_event",
            f"{SEND}/batch",
            refused(401, "EXPIRED_AUTHENTICATION", "The OAuth token expired 5 minute(s) ago."),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_event",
            f"{SEND}/batch",
            refused(429, "RATE_LIMITS", "You have reached your secondly limit."),
            ["retry"],
        ),
        DocumentedAnswer(
            "an event that is wrong",
            "send_event",
            f"{SEND}/batch",
            refused(400, "VALIDATION_ERROR", "Event definition could not be found"),
            ["rejected"],
            "could not be found",
        ),
    ],
)
