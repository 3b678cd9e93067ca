"""Brevo, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "xkeysib-0123456789abcdef-1a2b3c4d"
CLIENT, SECRET, TOKEN = "app-1", "app-secret-1a2b", "access-1a2b3c4d"
BATCH = "POST /v3/events/batch"
CONTACTS = "POST /v3/contacts"
ADD = "POST /v3/contacts/lists/7/contacts/add"
MAIL = "POST /v3/smtp/email"
ACCEPTED = Reply(202, json={"message": "Batch accepted.", "count": 3})


def refused(status, code, text):
    return Reply(status, json={"code": code, "message": text})


def signed_in(request):
    if request.path.endswith("/oauth/token"):
        form = {name: values[0] for name, values in request.form.items()}
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        return form.items() >= wanted.items()
    return (
        request.headers.get("api-key") == KEY
        or request.headers.get("Authorization") == f"Bearer {TOKEN}"
    )


def stranger(request):
    if request.path.endswith("/oauth/token"):
        return Reply(401, json={"error": "invalid_client"})
    return refused(401, "unauthorized", "Key not found")


def partly(*errors):
    said = [{"eventIndex": indexes, "message": text} for indexes, text in errors]
    failed = sum(len(indexes) for indexes, _ in errors)
    return {
        "status": "partial_success",
        "total_events": 3,
        "successful_events": 3 - failed,
        "failed_events": failed,
        "errors": said,
    }


BAD_NAME = partly(([1], "event_name must be alphanumeric"))
IDENTIFY = {
    "type": "identify",
    "userId": "u-7",
    "traits": {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"},
}
stand_in = ApiStandIn(
    hosts=["api.brevo.com"],
    settings={
        "API key": {"method": "api_key", "api_key": KEY},
        "OAuth app": {"method": "client_credentials"},
    },
    auth={"client_id": CLIENT, "client_secret": SECRET},
    signed_in=signed_in,
    stranger=stranger,
    answers={
        "POST /realms/partner/oauth/token": Reply(
            json={"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}
        ),
        "GET /v3/account": Reply(json={"email": "ada@example.com", "companyName": "Acme"}),
        "GET /v3/contacts/lists": Reply(json={"count": 1, "lists": [{"id": 7, "name": "News"}]}),
        "GET /v3/smtp/templates": Reply(
            json={"count": 1, "templates": [{"id": 3, "name": "Welcome"}]}
        ),
        BATCH: ACCEPTED,
        CONTACTS: Reply(201, json={"id": 21}),
        ADD: Reply(201, json={"contacts": {"success": ["ada@example.com"], "failure": []}}),
        MAIL: Reply(201, json={"messageId": "<202611271200.1@smtp-relay.mailin.fr>"}),
        "DELETE /v3/contacts/u-7": Reply(204),
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"email": "ada@example.com", "total": 30},
        },
        "upsert_contact": IDENTIFY,
        "add_to_list": IDENTIFY,
        "send_email": {
            "type": "track",
            "event": "Order Completed",
            "properties": {"email": "ada@example.com", "total": 30},
        },
    },
    mappings={"add_to_list": {"list": 7}, "send_email": {"template": 3}},
    documented=[
        DocumentedAnswer(
            "a key that was deleted",
            "track_event",
            BATCH,
            refused(401, "unauthorized", "Key not found"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "track_event",
            BATCH,
            refused(429, "too_many_requests", "Rate limit exceeded"),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three, behind a 207",
            "track_event",
            BATCH,
            Reply(207, json=BAD_NAME),
            ["delivered", "rejected", "delivered"],
            "must be alphanumeric",
        ),
        DocumentedAnswer(
            "two bad events of three, named by one error",
            "track_event",
            BATCH,
            Reply(207, json=partly(([0, 2], "identifiers are missing"))),
            ["rejected", "delivered", "rejected"],
            "identifiers are missing",
        ),
        DocumentedAnswer(
            "no event of the batch is good",
            "track_event",
            BATCH,
            Reply(400, json=partly(([0, 1, 2], "identifiers are missing"))),
            ["rejected", "rejected", "rejected"],
            "identifiers are missing",
        ),
        DocumentedAnswer(
            "a phone number of another contact",
            "upsert_contact",
            CONTACTS,
            refused(400, "duplicate_parameter", "SMS is already associated with another Contact"),
            ["rejected"],
            "already associated",
        ),
        DocumentedAnswer(
            "a list that has one of three contacts already",
            "add_to_list",
            ADD,
            Reply(
                201,
                json={"contacts": {"success": ["m-0@a.example"], "failure": ["m-1@a.example"]}},
            ),
            ["delivered", "rejected", "delivered"],
            mapping={"list": 7, "email": {"@template": "{{messageId}}@a.example"}},
        ),
        DocumentedAnswer(
            "no credits",
            "send_email",
            MAIL,
            refused(402, "not_enough_credits", "Insufficient credits"),
            ["rejected"],
            "Insufficient credits",
        ),
    ],
)
