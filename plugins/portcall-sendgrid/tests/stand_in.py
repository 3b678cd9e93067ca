"""SendGrid, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "SG.1a2b3c4d5e6f.7g8h9i0j"
TRACK = {
    "type": "track",
    "event": "Order Completed",
    "properties": {
        "email": "ada@example.com",
        "from": "shop@example.com",
        "text": "Thank you",
        "template_id": "d-0123456789abcdef0123456789abcdef",
    },
}
IDENTIFY = {
    "type": "identify",
    "userId": "u-7",
    "traits": {"email": "ada@example.com", "first_name": "Ada"},
}
SEND, CONTACTS = "POST /v3/mail/send", "PUT /v3/marketing/contacts"


def refused(status, message, field=None):
    return Reply(status, json={"errors": [{"message": message, "field": field}]})


EXPIRED = refused(401, "The provided authorization grant is invalid, expired, or revoked")

stand_in = ApiStandIn(
    hosts=["api.sendgrid.com", "api.eu.sendgrid.com"],
    settings={
        "API key": {"api_key": KEY},
        "API key in the EU": {"api_key": KEY, "region": "api.eu"},
    },
    signed_in=lambda request: request.headers.get("Authorization") == f"Bearer {KEY}",
    stranger=EXPIRED,
    answers={
        "GET /v3/scopes": Reply(json={"scopes": ["mail.send"]}),
        "GET /v3/templates": Reply(
            json={"result": [{"id": "d-f43daeeaef504760851f727007e0b5d0", "name": "Receipt"}]}
        ),
        "GET /v3/marketing/lists": Reply(
            json={"result": [{"id": "ca7a9bc4-a3e2-4ad3-b0c9-6d8c1a2d3b4e", "name": "Everyone"}]}
        ),
        SEND: Reply(202),
        CONTACTS: Reply(202, json={"job_id": "job-1"}),
        "POST /v3/asm/suppressions/global": Reply(
            201, json={"recipient_emails": ["ada@example.com"]}
        ),
    },
    events={
        "send_email": TRACK,
        "send_template": TRACK,
        "upsert_contact": IDENTIFY,
        "suppress": IDENTIFY,
    },
    documented=[
        DocumentedAnswer("expired", "send_email", SEND, EXPIRED, ["reauthorize"]),
        DocumentedAnswer(
            "throttled", "send_email", SEND, refused(429, "too many requests"), ["retry"]
        ),
        DocumentedAnswer(
            "a key without the scope",
            "send_email",
            SEND,
            refused(403, "access forbidden"),
            ["rejected"],
            "access forbidden",
        ),
        DocumentedAnswer(
            "a wrong sender",
            "send_email",
            SEND,
            refused(400, "The from email does not contain a valid address.", "from.email"),
            ["rejected"],
            "does not contain a valid address",
        ),
        DocumentedAnswer(
            "one bad event of three",
            "send_email",
            SEND,
            [Reply(202), refused(400, "The subject is required."), Reply(202)],
            ["delivered", "rejected", "delivered"],
            "The subject is required",
        ),
    ],
)
