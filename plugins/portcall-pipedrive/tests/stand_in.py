"""Pipedrive, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "0123456789abcdef0123456789abcdef01234567"
DEAL = "POST /api/v2/deals"
IDS = {"person_id": 7, "deal_id": 8, "total": 41.5, "currency": "EUR"}
TRACK = {
    "type": "track",
    "event": "Demo Requested",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": IDS,
}


def failed(status, error, **headers):
    return Reply(status, json={"success": False, "error": error}, headers=headers)


def done(**data):
    return Reply(201, json={"success": True, "data": {"id": 1, **data}})


stand_in = ApiStandIn(
    hosts=["acme.pipedrive.com"],
    settings={"API token": {"company": "acme", "api_token": TOKEN}},
    signed_in=lambda request: request.headers.get("x-api-token") == TOKEN,
    stranger=failed(401, "unauthorized access"),
    answers={
        "GET /api/v1/users/me": Reply(json={"success": True, "data": {"id": 1, "name": "Ada"}}),
        "GET /api/v2/pipelines": Reply(
            json={"success": True, "data": [{"id": 1, "name": "Sales"}], "additional_data": {}}
        ),
        "GET /api/v1/activityTypes": Reply(
            json={"success": True, "data": [{"id": 1, "key_string": "call", "name": "Call"}]}
        ),
        "POST /api/v2/persons": done(),
        DEAL: done(),
        "POST /api/v1/leads": done(),
        "POST /api/v2/activities": done(),
    },
    events={
        "create_person": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"name": "Ada", "email": "ada@example.com"},
        },
        "create_deal": TRACK,
        "create_lead": TRACK,
        "create_activity": TRACK,
    },
    documented=[
        DocumentedAnswer(
            "throttled",
            "create_deal",
            DEAL,
            failed(429, "request over limit", **{"x-ratelimit-reset": "60"}),
            ["retry"],
        ),
        DocumentedAnswer(
            "expired", "create_deal", DEAL, failed(401, "unauthorized access"), ["reauthorize"]
        ),
        DocumentedAnswer(
            "one bad deal of three",
            "create_deal",
            DEAL,
            [done(), failed(400, "Validation failed: currency: Invalid currency"), done()],
            ["delivered", "rejected", "delivered"],
            "Invalid currency",
        ),
        DocumentedAnswer(
            "refused behind a 200",
            "create_lead",
            "POST /api/v1/leads",
            failed(200, "Person could not be found"),
            ["rejected"],
            "could not be found",
        ),
        DocumentedAnswer(
            "no right to add deals",
            "create_deal",
            DEAL,
            failed(403, "You do not have permissions to do this"),
            ["rejected"],
            "permissions",
        ),
    ],
)
