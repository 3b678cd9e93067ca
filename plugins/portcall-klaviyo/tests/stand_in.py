"""Klaviyo, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "pk_1a2b3c4d5e6f7a8b9c0d1e"
TOKEN = "access-1a2b3c4d"
EVENTS = "POST /api/event-bulk-create-jobs"
PROFILES = "POST /api/profile-bulk-import-jobs"
PROFILE = "POST /api/profile-import"


def error(status, code, detail, pointer="/data/"):
    return Reply(
        status,
        json={
            "errors": [
                {
                    "id": "d1a2b3c4",
                    "status": status,
                    "code": code,
                    "title": code,
                    "detail": detail,
                    "source": {"pointer": pointer},
                }
            ]
        },
    )


stand_in = ApiStandIn(
    hosts=["a.klaviyo.com"],
    settings={
        "Private API key": {"method": "private_key", "api_key": KEY},
        "OAuth 2.0": {"method": "oauth"},
    },
    auth={"access_token": TOKEN, "client_id": "app-1", "client_secret": "app-secret-1a2b"},
    signed_in=lambda request: (
        request.headers.get("Authorization") in {f"Klaviyo-API-Key {KEY}", f"Bearer {TOKEN}"}
    ),
    stranger=error(401, "authentication_failed", "Incorrect authentication credentials."),
    answers={
        "GET /api/accounts": Reply(
            json={
                "data": [{"attributes": {"contact_information": {"organization_name": "Acme Tea"}}}]
            }
        ),
        EVENTS: Reply(202),
        PROFILE: Reply(201, json={"data": {"type": "profile", "id": "01GDDKASAP8TKDDA2GRZDSVP4H"}}),
        PROFILES: Reply(202, json={"data": {"type": "profile-bulk-import-job", "id": "ZXlKaGJH"}}),
        "POST /api/data-privacy-deletion-jobs": Reply(202),
        "GET /api/lists": Reply(
            json={
                "data": [{"type": "list", "id": "Y6nRLr", "attributes": {"name": "Newsletter"}}],
                "links": {"next": None},
            }
        ),
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"email": "ada@example.com", "total": 30.5, "currency": "EUR"},
        },
        "import_profile": {
            "type": "identify",
            "userId": "u-7",
            "traits": {
                "email": "ada@example.com",
                "firstName": "Ada",
                "address": {"city": "London", "country": "United Kingdom"},
                "custom": {"plan": "pro"},
            },
        },
        "add_to_list": {"type": "identify", "traits": {"email": "ada@example.com"}},
    },
    mappings={"add_to_list": {"list": "Y6nRLr"}},
    documented=[
        DocumentedAnswer(
            "a key that was revoked",
            "track_event",
            EVENTS,
            error(401, "not_authenticated", "Authentication credentials were not provided."),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "track_event",
            EVENTS,
            Reply(
                429,
                headers={"Retry-After": "1"},
                json={"errors": [{"code": "throttled", "detail": "Request was throttled."}]},
            ),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three, the others to be sent again",
            "track_event",
            EVENTS,
            error(
                400,
                "invalid",
                "Invalid email address",
                "/data/attributes/events-bulk-create/data/1/attributes/profile/data/attributes/email",
            ),
            ["retry", "rejected", "retry"],
        ),
        DocumentedAnswer(
            "one bad profile of three, the others to be sent again",
            "import_profile",
            PROFILES,
            error(
                400,
                "invalid",
                "Invalid phone number",
                "/data/attributes/profiles/data/2/attributes/phone_number",
            ),
            ["retry", "retry", "rejected"],
        ),
        DocumentedAnswer(
            "a profile that is not valid",
            "import_profile",
            PROFILES,
            error(
                400,
                "invalid",
                "Invalid phone number",
                "/data/attributes/profiles/data/0/attributes/phone_number",
            ),
            ["rejected"],
            "Invalid phone number",
        ),
    ],
)
