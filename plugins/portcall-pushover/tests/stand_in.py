"""Pushover, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "azGDORePK8gMaC0QOYAMyEEuzJnyUi"
USER = "uQiRzpo4DXghDmr9QzzfQu27cmVRsG"
SENT = Reply(json={"status": 1, "request": "647d2300-702c-4b38-8b2f-d56326ae460b"})
MESSAGES = "POST /1/messages.json"


def refused(status, *errors, **more):
    said = {**more, "errors": list(errors), "status": 0, "request": "5042853c-402d-4a18-abcb"}
    return Reply(status, json=said)


def signed_in(request):
    given = {name: each[0] for name, each in {**request.query, **request.form}.items()}
    # Sounds and receipts are of the application alone.
    return given.get("token") == TOKEN and given.get("user", USER) == USER


NO_TOKEN = refused(
    400, "application token is invalid, see https://pushover.net/api", token="invalid"
)
ALERT = {
    "type": "track",
    "event": "Alert Triggered",
    "userId": "u-7",
    "timestamp": "2026-11-01T12:00:00Z",
    "properties": {"alert_id": "disk-1", "title": "Disk full"},
}
stand_in = ApiStandIn(
    hosts=["api.pushover.net"],
    settings={"API token": {"token": TOKEN, "user": USER}},
    signed_in=signed_in,
    stranger=NO_TOKEN,
    answers={
        "POST /1/users/validate.json": Reply(
            json={"status": 1, "group": 0, "devices": ["iphone", "nexus5"], "licenses": ["iOS"]}
        ),
        "GET /1/sounds.json": Reply(
            json={"status": 1, "sounds": {"pushover": "Pushover (default)", "bike": "Bike"}}
        ),
        MESSAGES: SENT,
        "POST /1/receipts/cancel_by_tag/disk-1.json": Reply(json={"status": 1, "canceled": 1}),
        "POST /1/glances.json": SENT,
    },
    events={
        "send_message": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"title": "Thank you"},
        },
        "send_alert": ALERT,
        "end_alert": {**ALERT, "event": "Alert Resolved"},
        "update_glance": {"type": "track", "event": "Orders", "properties": {"count": 41}},
    },
    documented=[
        DocumentedAnswer(
            "a token that was deleted", "send_message", MESSAGES, NO_TOKEN, ["reauthorize"]
        ),
        DocumentedAnswer(
            "a user key that was deleted",
            "send_message",
            MESSAGES,
            refused(400, "user identifier is not a valid user", user="invalid"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_message",
            MESSAGES,
            refused(429, "application is over its monthly quota"),
            ["retry"],
        ),
        DocumentedAnswer(
            "a message that is empty",
            "send_message",
            MESSAGES,
            refused(400, "message cannot be blank", message="cannot be blank"),
            ["rejected"],
            "cannot be blank",
        ),
        DocumentedAnswer(
            "one bad message of three",
            "send_message",
            MESSAGES,
            [SENT, refused(400, "message cannot be blank"), SENT],
            ["delivered", "rejected", "delivered"],
            "cannot be blank",
        ),
        DocumentedAnswer(
            "taken for no device",
            "send_message",
            MESSAGES,
            Reply(json={"status": 1, "info": "no active devices to send to", "request": "5042"}),
            ["rejected"],
            "no active devices",
        ),
        DocumentedAnswer(
            "a tag that no alert has",
            "end_alert",
            "POST /1/receipts/cancel_by_tag/disk-1.json",
            refused(400, "tag not found"),
            ["rejected"],
            "tag not found",
        ),
    ],
)
