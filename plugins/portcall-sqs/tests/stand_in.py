"""Amazon SQS, as its documentation says that it answers."""

import hashlib
import hmac
import json
import re

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

EVENT = {"type": "track", "event": "Order Completed", "messageId": "m-1", "userId": "u-7"}
ROUTE = "POST /"


def answer(status=200, **said):
    kind = {"Content-Type": "application/x-amz-json-1.0"}
    return Reply(status, body=json.dumps(said).encode(), headers=kind)


UNKNOWN = answer(
    400,
    __type="com.amazon.coral.service#UnrecognizedClientException",
    message="The security token included in the request is invalid.",
)

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
IDENTITY = {
    "GetQueueAttributes": answer(
        Attributes={"QueueArn": "arn:aws:sqs:us-east-1:123456789012:events"}
    )
}


def operation(request):
    """Answer to the operation that a header names."""
    name = request.headers["x-amz-target"].partition(".")[2]
    return IDENTITY.get(name, answer(MessageId="1"))


def signed_in(request):
    """Verify the signature (AWS Signature Version 4) of a request to the root without a query."""
    given = request.headers.get("Authorization", "")
    found = re.search(r"Credential=AKIAIOSFODNN7EXAMPLE/(\S+), SignedHeaders=(\S+), ", given)
    if found is None:
        return False
    headers = "".join(f"{n}:{request.headers[n].strip()}\n" for n in found[2].split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = f"{request.method}\n/\n\n{headers}\n{found[2]}\n{body}"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{found[1]}\n{digest}"
    key = f"AWS4{SECRET}".encode()
    for part in (*found[1].split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    return given.endswith(f"Signature={key.hex()}")


stand_in = ApiStandIn(
    hosts=["sqs.us-east-1.amazonaws.com"],
    settings={
        "Access key": {
            "access_key_id": "AKIAIOSFODNN7EXAMPLE",
            "secret_access_key": SECRET,
            "region": "us-east-1",
            "queue_url": "https://sqs.us-east-1.amazonaws.com/123456789012/events",
        }
    },
    signed_in=signed_in,
    stranger=UNKNOWN,
    answers={ROUTE: operation},
    events={"send_message": EVENT, "send_messages": {"batch": [EVENT]}},
    documented=[
        DocumentedAnswer("an unknown access key", "send_message", ROUTE, UNKNOWN, ["reauthorize"]),
        DocumentedAnswer(
            "throttled",
            "send_message",
            ROUTE,
            answer(400, __type="ThrottlingException", message="Rate exceeded"),
            ["retry"],
        ),
        DocumentedAnswer(
            "an event that is wrong",
            "send_message",
            ROUTE,
            answer(400, __type="ValidationException", message="Value is not valid"),
            ["rejected"],
            "not valid",
        ),
    ],
)
