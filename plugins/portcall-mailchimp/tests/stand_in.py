"""Mailchimp's Marketing API, as its documentation says that it answers."""

from base64 import b64encode

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "0123456789abcdef0123456789abcdef-us21"
TOKEN = "access-1a2b3c4d"
BASIC = f"Basic {b64encode(f'portcall:{KEY}'.encode()).decode()}"
LIST = "4ca5becb8d"
MEMBERS = f"POST /3.0/lists/{LIST}"
MEMBER = f"/3.0/lists/{LIST}/members/ada%40example.com"


def problem(status, title, detail):
    return Reply(
        status,
        headers={"Content-Type": "application/problem+json"},
        json={"type": "about:blank", "title": title, "status": status, "detail": detail},
    )


stand_in = ApiStandIn(
    hosts=["*.api.mailchimp.com"],
    settings={
        "API key": {"method": "api_key", "api_key": KEY},
        "OAuth 2.0": {"method": "oauth", "data_center": "us21"},
    },
    auth={"access_token": TOKEN, "client_id": "app-1", "client_secret": "app-secret-1a2b"},
    signed_in=lambda request: request.headers.get("Authorization") in {BASIC, f"Bearer {TOKEN}"},
    stranger=problem(
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter.",
    ),
    answers={
        "GET /3.0/": Reply(
            json={"account_id": "8d3a3db4d97663a9074efcc16", "account_name": "Acme"}
        ),
        "GET /3.0/lists": Reply(json={"lists": [{"id": LIST, "name": "Newsletter"}]}),
        MEMBERS: Reply(json={"new_members": [], "errors": [], "error_count": 0}),
        f"POST {MEMBER}/events": Reply(204),
        f"POST {MEMBER}/tags": Reply(204),
        f"POST {MEMBER}/actions/delete-permanent": Reply(204),
    },
    events={
        "add_member": {
            "type": "identify",
            "traits": {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"},
        },
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"email": "ada@example.com"},
        },
        "tag_member": {
            "type": "track",
            "event": "customer",
            "properties": {"email": "ada@example.com"},
        },
        "delete_member": {"type": "delete", "traits": {"email": "ada@example.com"}},
    },
    mappings={
        name: {"list": LIST}
        for name in ("add_member", "track_event", "tag_member", "delete_member")
    },
    documented=[
        DocumentedAnswer(
            "a key that was revoked",
            "add_member",
            MEMBERS,
            problem(401, "API Key Invalid", "Your API key may be invalid"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "add_member",
            MEMBERS,
            problem(
                429,
                "Too Many Requests",
                "You have exceeded the limit of 10 simultaneous connections.",
            ),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad address of three, behind a 200",
            "add_member",
            MEMBERS,
            Reply(
                json={
                    "errors": [
                        {
                            "email_address": "m-1@example.com",
                            "error": "m-1@example.com was permanently deleted and cannot be re-imported.",
                            "error_code": "ERROR_CONTACT_EXISTS",
                        }
                    ],
                    "error_count": 1,
                }
            ),
            ["delivered", "rejected", "delivered"],
            "permanently deleted",
            mapping={
                "list": LIST,
                "status": "subscribed",
                "email": {"@template": "{{messageId}}@example.com"},
            },
        ),
        DocumentedAnswer(
            "an event whose name is too long",
            "track_event",
            f"POST {MEMBER}/events",
            problem(400, "Invalid Resource", "The resource submitted could not be validated."),
            ["rejected"],
            "could not be validated",
        ),
        DocumentedAnswer(
            "no such member",
            "tag_member",
            f"POST {MEMBER}/tags",
            problem(404, "Resource Not Found", "The requested resource could not be found."),
            ["rejected"],
            "could not be found",
        ),
    ],
)
