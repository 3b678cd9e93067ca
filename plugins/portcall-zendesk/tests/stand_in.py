"""Zendesk, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TICKET = "POST /api/v2/tickets.json"
BASIC = "Basic YWRhQGV4YW1wbGUuY29tL3Rva2VuOmtleS0xYTJiM2M0ZA=="
STRANGER = Reply(
    200, json={"user": {"id": None, "name": "Anonymous user", "email": "invalid@example.com"}}
)
CONTEXT = {"traits": {"name": "Ada", "email": "ada@example.com"}}


def stranger(request):
    if request.path == "/api/v2/users/me.json":
        return STRANGER
    return Reply(401, json={"error": "Couldn't authenticate you"})


def failed(status, error, description):
    return Reply(status, json={"error": error, "description": description, "details": {}})


stand_in = ApiStandIn(
    hosts=["acme.zendesk.com"],
    settings={
        "API token": {"subdomain": "acme", "email": "ada@example.com", "api_token": "key-1a2b3c4d"}
    },
    signed_in=lambda request: request.headers.get("Authorization") == BASIC,
    stranger=stranger,
    answers={
        "GET /api/v2/users/me.json": Reply(json={"user": {"id": 7, "email": "ada@example.com"}}),
        TICKET: Reply(201, json={"ticket": {"id": 35436}}),
        "POST /api/v2/users/create_or_update.json": Reply(json={"user": {"id": 8}}),
        "POST /api/v2/organizations/create_or_update.json": Reply(json={"organization": {"id": 9}}),
        "DELETE /api/v2/users/destroy_many.json": Reply(json={"job_status": {"id": "1"}}),
    },
    events={
        "create_ticket": {
            "type": "track",
            "event": "Help Requested",
            "userId": "u-7",
            "properties": {},
            "context": CONTEXT,
        },
        "upsert_user": {"type": "identify", "userId": "u-7", "traits": CONTEXT["traits"]},
        "upsert_organization": {"type": "group", "groupId": "g-7", "traits": {"name": "Acme"}},
    },
    documented=[
        DocumentedAnswer(
            "throttled",
            "create_ticket",
            TICKET,
            Reply(429, headers={"Retry-After": "60"}),
            ["retry"],
        ),
        DocumentedAnswer(
            "expired",
            "create_ticket",
            TICKET,
            Reply(401, json={"error": "invalid_token", "error_description": "expired"}),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "one bad ticket of three",
            "create_ticket",
            TICKET,
            [
                Reply(201, json={}),
                failed(422, "RecordInvalid", "Record validation errors"),
                Reply(201, json={}),
            ],
            ["delivered", "rejected", "delivered"],
            "Record validation errors",
        ),
        DocumentedAnswer(
            "a write at the same time",
            "upsert_user",
            "POST /api/v2/users/create_or_update.json",
            failed(409, "Conflict", "resource was modified"),
            ["retry"],
        ),
        DocumentedAnswer(
            "an address that is taken",
            "upsert_user",
            "POST /api/v2/users/create_or_update.json",
            failed(422, "RecordInvalid", "Email is already being used by another user"),
            ["rejected"],
            "already being used",
        ),
    ],
)
