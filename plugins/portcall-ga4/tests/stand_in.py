"""The Measurement Protocol of Google Analytics 4, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

WEB = {"method": "web", "measurement_id": "G-1A2B3C4D5E", "api_secret": "sEcReT-1a2b3c4d"}
APP = {
    "method": "app",
    "firebase_app_id": "1:1234567890:android:1a2b3c4d",
    "api_secret": "sEcReT-1a2b3c4d",
}
VALIDATE = {**WEB, "server": "debug/mp"}
RECORD = "POST /mp/collect"
CHECK = "POST /debug/mp/collect"


def found(code, description):
    message = {"fieldPath": "events", "description": description, "validationCode": code}
    return Reply(json={"validationMessages": [message]})


ORDER = {
    "type": "track",
    "event": "Order Completed",
    "anonymousId": "394033.1736",
    "timestamp": "2026-11-01T12:00:00Z",
    "properties": {"total": 30},
    "integrations": {"Firebase": {"appInstanceId": "0123456789abcdef0123456789abcdef"}},
}

stand_in = ApiStandIn(
    hosts=["www.google-analytics.com", "region1.google-analytics.com"],
    settings={"Web stream": WEB, "App stream": APP},
    only={"Web stream": ["send_event"], "App stream": ["send_app_event"]},
    signed_in=lambda request: request.query.get("api_secret") == ["sEcReT-1a2b3c4d"],
    stranger=None,  # neither server looks at the secret before it answers
    answers={RECORD: Reply(204), CHECK: Reply(json={"validationMessages": []})},
    events={"send_event": ORDER, "send_app_event": ORDER},
    documented=[
        DocumentedAnswer(
            "a name that is none, from the validation server",
            "send_event",
            CHECK,
            found(
                "NAME_INVALID",
                "Event at index: [0] has invalid name [_badEventName]. Names must start with an "
                "alphabetic character.",
            ),
            ["rejected"],
            "has invalid name",
            settings=VALIDATE,
        ),
        DocumentedAnswer(
            "one bad event of three, from the validation server",
            "send_event",
            CHECK,
            found("NAME_RESERVED", "Event at index: [1] has name [ad_click] which is reserved."),
            ["delivered", "rejected", "delivered"],
            "reserved",
            settings=VALIDATE,
        ),
        DocumentedAnswer(
            "a stream that is none, from the validation server",
            "send_event",
            CHECK,
            found("VALUE_INVALID", "The value provided for measurement_id is invalid."),
            ["rejected"],
            "measurement_id is invalid",
            settings=VALIDATE,
        ),
        DocumentedAnswer("throttled", "send_event", RECORD, Reply(429), ["retry"]),
        DocumentedAnswer("out of order", "send_event", RECORD, Reply(503), ["retry"]),
    ],
)
