"""ActiveCampaign, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef01234567"
EVENT_KEY = "89abcdef0123456789abcdef0123456789abcdef"
SYNC = "POST /api/3/contact/sync"
TRACK = "POST /event"


def signed_in(request):
    if request.path == "/event":
        return request.form.get("key") == [EVENT_KEY]
    return request.headers.get("Api-Token") == KEY


def stranger(request):
    if request.path == "/event":
        return Reply(json={"success": 0, "message": "Invalid API key"})
    return Reply(403, json={"message": "You are not authorized"})


stand_in = ApiStandIn(
    hosts=["acme.api-us1.com", "trackcmp.net"],
    settings={
        "API key": {
            "account": "acme",
            "api_key": KEY,
            "event_account_id": "1234",
            "event_key": EVENT_KEY,
        }
    },
    signed_in=signed_in,
    stranger=stranger,
    answers={
        "GET /api/3/users/me": Reply(json={"user": {"id": "1", "email": "ada@example.com"}}),
        "GET /api/3/lists": Reply(json={"lists": [{"id": "2", "name": "Newsletter"}]}),
        SYNC: Reply(json={"contact": {"id": "7"}}),
        "POST /api/3/contactLists": Reply(json={"contactList": {"id": "1"}}),
        TRACK: Reply(json={"success": 1, "message": "Event spawned"}),
    },
    events={
        "sync_contact": {
            "type": "identify",
            "traits": {
                "email": "ada@example.com",
                "firstName": "Ada",
                "lastName": "Lovelace",
                "phone": "+442079460958",
            },
        },
        "update_list_status": {
            "type": "identify",
            "traits": {"activecampaign_id": "7", "list": "2"},
        },
        "track_event": {
            "type": "track",
            "event": "Order Completed",
            "properties": {"email": "ada@example.com", "value": "41.5"},
        },
    },
    documented=[
        DocumentedAnswer(
            "throttled", "sync_contact", SYNC, Reply(429, headers={"Retry-After": "60"}), ["retry"]
        ),
        DocumentedAnswer(
            "expired",
            "sync_contact",
            SYNC,
            Reply(403, json={"message": "You are not authorized"}),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "one bad contact of three",
            "sync_contact",
            SYNC,
            [
                Reply(json={}),
                Reply(422, json={"errors": [{"title": "Contact Email Address is not valid."}]}),
                Reply(json={}),
            ],
            ["delivered", "rejected", "delivered"],
            "not valid",
        ),
        DocumentedAnswer(
            "a list that does not exist",
            "update_list_status",
            "POST /api/3/contactLists",
            Reply(404, json={"message": "No Result found for Subscriber list with id 2"}),
            ["rejected"],
            "No Result found",
        ),
        DocumentedAnswer(
            "an event that is refused behind a 200",
            "track_event",
            TRACK,
            Reply(json={"success": 0, "message": "Event tracking is disabled"}),
            ["rejected"],
            "disabled",
        ),
    ],
)
