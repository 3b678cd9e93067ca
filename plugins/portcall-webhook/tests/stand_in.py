"""A receiver of webhooks, as the Standard Webhooks specification describes it."""

import base64
import hashlib
import hmac

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's own


def verify(request):
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    stamp = f"{request.headers.get('webhook-id')}.{request.headers.get('webhook-timestamp')}."
    proof = hmac.new(key, stamp.encode() + request.body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(proof).decode()}" == request.headers.get("webhook-signature")


stand_in = ApiStandIn(
    hosts=["hooks.acme.example"],
    settings={
        "Signing secret": {
            "url": "https://hooks.acme.example/events",
            "signing_secret": SECRET,
        }
    },
    signed_in=verify,
    stranger=Reply(401),
    answers={"POST /events": Reply(204)},
    events={"send": {"type": "track", "event": "Order Completed", "messageId": "m-1"}},
    documented=[
        DocumentedAnswer("throttled", "send", "POST /events", Reply(429), ["retry"]),
        DocumentedAnswer("expired", "send", "POST /events", Reply(401), ["reauthorize"]),
        DocumentedAnswer(
            "an event that is wrong", "send", "POST /events", Reply(400), ["rejected"]
        ),
    ],
)
