"""Twilio, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ACCOUNT = "AC0123456789abcdef0123456789abcdef"
KEY = "SK0123456789abcdef0123456789abcdef"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}"
PROPERTIES = {
    "phone": "+14155552671",
    "from": "+14155552672",
    "text": "Thank you",
    "twiml": "<Response><Say>Thank you</Say></Response>",
}
EVENT = {"type": "track", "event": "Order Completed", "properties": PROPERTIES}
MESSAGES = f"POST {PATH}/Messages.json"
SENT = Reply(201, json={"sid": "SM0123456789abcdef0123456789abcdef", "status": "queued"})


def refused(status, code, message):
    more = f"https://www.twilio.com/docs/errors/{code}"
    said = {"code": code, "message": message, "more_info": more, "status": status}
    return Reply(status, json=said)


stand_in = ApiStandIn(
    hosts=["api.twilio.com", "api.dublin.ie1.twilio.com"],
    settings={
        "Auth token": {"method": "auth_token", "account_sid": ACCOUNT, "auth_token": "token-1a2b"},
        "API key": {
            "method": "api_key",
            "account_sid": ACCOUNT,
            "api_key_sid": KEY,
            "api_key_secret": "secret-1a2b",
            "region": "api.dublin.ie1",
        },
    },
    signed_in=lambda request: request.basic in {(ACCOUNT, "token-1a2b"), (KEY, "secret-1a2b")},
    stranger=refused(401, 20003, "Authenticate"),
    answers={
        f"GET {PATH}.json": Reply(json={"friendly_name": "Ada's account", "status": "active"}),
        MESSAGES: SENT,
        f"POST {PATH}/Calls.json": Reply(201, json={"status": "queued"}),
    },
    events={"send_message": EVENT, "send_whatsapp": EVENT, "make_call": EVENT},
    documented=[
        DocumentedAnswer(
            "expired",
            "send_message",
            MESSAGES,
            refused(401, 20003, "Authenticate"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "send_message",
            MESSAGES,
            refused(429, 20429, "Too Many Requests"),
            ["retry"],
        ),
        DocumentedAnswer(
            "a wrong number",
            "send_message",
            MESSAGES,
            refused(400, 21211, "Invalid 'To' Phone Number: 123"),
            ["rejected"],
            "Invalid 'To' Phone Number",
        ),
        DocumentedAnswer(
            "one of three has opted out",
            "send_message",
            MESSAGES,
            [SENT, refused(400, 21610, "Attempt to send to unsubscribed recipient"), SENT],
            ["delivered", "rejected", "delivered"],
            "unsubscribed recipient",
        ),
    ],
)
