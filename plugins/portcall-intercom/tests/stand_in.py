"""Intercom, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY, TOKEN = "dG9rOjFhMmIzYzRk-1a2b3c4d", "dG9rOm9mIGFuIGFwcA-1a2b3c4d"
ID = "6762f0dd1bb69f9f2193bb83"
EVENTS, CONTACTS, COMPANIES = "POST /events", "POST /contacts", "POST /companies"
TAGS = f"POST /contacts/{ID}/tags"
FIND = "GET /contacts/find_by_external_id/u-7"
CONTACT = {"type": "contact", "id": ID, "external_id": "u-7", "role": "user"}


def refused(status, code, text):
    errors = [{"code": code, "message": text}]
    return Reply(status, json={"type": "error.list", "request_id": "b68e", "errors": errors})


def signed_in(request):
    wanted = {f"Bearer {KEY}", f"Bearer {TOKEN}"}
    has_version = request.headers.get("Intercom-Version") == "2.15"
    return has_version and request.headers.get("Authorization") in wanted


UNAUTHORIZED = refused(401, "unauthorized", "Access Token Invalid")
PERSON = {"email": "ada@example.com", "name": "Ada Lovelace"}
stand_in = ApiStandIn(
    hosts=["api.intercom.io"],
    settings={
        "Access token": {"method": "token", "access_token": KEY},
        "OAuth app": {"method": "oauth"},
    },
    auth={"access_token": TOKEN, "client_id": "app-1", "client_secret": "app-secret-1a2b"},
    signed_in=signed_in,
    stranger=UNAUTHORIZED,
    answers={
        "GET /me": Reply(json={"type": "admin", "app": {"type": "app", "name": "Acme"}}),
        EVENTS: Reply(202),
        CONTACTS: Reply(json=CONTACT),
        f"PUT /contacts/{ID}": Reply(json=CONTACT),
        f"DELETE /contacts/{ID}": Reply(json={"id": ID, "deleted": True}),
        FIND: Reply(json=CONTACT),
        COMPANIES: Reply(json={"type": "company", "id": "6762f09a1bb69f9f2193bb34"}),
        f"POST /contacts/{ID}/companies": Reply(json={"type": "company"}),
        "GET /tags": Reply(json={"type": "list", "data": [{"id": "123", "name": "VIP"}]}),
        TAGS: Reply(json={"type": "tag", "id": "123"}),
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"order_id": "o-1", "products": [{"product_id": "p-1"}]},
        },
        "upsert_contact": {"type": "identify", "userId": "u-7", "traits": PERSON},
        "upsert_company": {
            "type": "group",
            "groupId": "g-1",
            "userId": "u-7",
            "traits": {"name": "Acme", "plan": "pro", "employees": 12},
        },
        "tag_contact": {"type": "track", "event": "Upgraded", "userId": "u-7"},
    },
    mappings={"tag_contact": {"tag": "123"}},
    documented=[
        DocumentedAnswer(
            "a token that was revoked", "track_event", EVENTS, UNAUTHORIZED, ["reauthorize"]
        ),
        DocumentedAnswer(
            "throttled",
            "track_event",
            EVENTS,
            refused(429, "rate_limit_exceeded", "Exceeded rate limit of 83 in 10_seconds"),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three",
            "track_event",
            EVENTS,
            [Reply(202), refused(404, "not_found", "User Not Found"), Reply(202)],
            ["delivered", "rejected", "delivered"],
            "User Not Found",
        ),
        DocumentedAnswer(
            "a contact that exists is updated",
            "upsert_contact",
            CONTACTS,
            refused(
                409, "conflict", f"A contact matching those details already exists with id={ID}"
            ),
            ["delivered"],
        ),
        DocumentedAnswer(
            "a contact in the archive",
            "upsert_contact",
            CONTACTS,
            refused(
                409,
                "conflict",
                f"An archived contact matching those details already exists with id={ID}",
            ),
            ["rejected"],
            "archived contact",
        ),
        DocumentedAnswer(
            "an attribute that does not exist",
            "upsert_contact",
            CONTACTS,
            refused(400, "parameter_invalid", "Custom attribute 'plan' does not exist"),
            ["rejected"],
            "does not exist",
        ),
        DocumentedAnswer(
            "a person who is not a contact",
            "upsert_company",
            FIND,
            refused(404, "not_found", "User Not Found"),
            ["rejected"],
            "User Not Found",
        ),
    ],
)
