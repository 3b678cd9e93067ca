"""Postmark, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "0123abcd-1a2b-3c4d-5e6f-0123456789ab"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "properties": {
        "from": "shop@example.com",
        "email": "ada@example.com",
        "text": "Thank you",
        "template": "receipt",
    },
}
SEND, BATCH = "POST /email", "POST /email/batch"
TAKEN = {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a-e38e-4336-af7d-e6c392c2f817"}
INACTIVE = {"ErrorCode": 406, "Message": "You tried to send to a recipient that is inactive."}


def refused(status, code, message):
    return Reply(status, json={"ErrorCode": code, "Message": message})


NO_TOKEN = refused(401, 10, "No Account or Server API tokens were supplied in the HTTP headers.")

stand_in = ApiStandIn(
    hosts=["api.postmarkapp.com"],
    settings={"Server API token": {"server_token": TOKEN}},
    signed_in=lambda request: request.headers.get("X-Postmark-Server-Token") == TOKEN,
    stranger=NO_TOKEN,
    answers={
        "GET /server": Reply(json={"ID": 1, "Name": "Production"}),
        "GET /templates": Reply(
            json={"TotalCount": 1, "Templates": [{"Alias": "receipt", "Name": "Receipt"}]}
        ),
        SEND: Reply(json=TAKEN),
        "POST /email/withTemplate": Reply(json=TAKEN),
        BATCH: lambda request: Reply(json=[TAKEN for _ in request.json()]),
        "POST /email/batchWithTemplates": lambda request: Reply(
            json=[TAKEN for _ in request.json()["Messages"]]
        ),
    },
    events={"send": EVENT, "send_template": EVENT},
    documented=[
        DocumentedAnswer("expired", "send", BATCH, NO_TOKEN, ["reauthorize"] * 2),
        DocumentedAnswer(
            "throttled", "send", BATCH, Reply(429, headers={"Retry-After": "30"}), ["retry"] * 2
        ),
        DocumentedAnswer(
            "one bad item of three",
            "send",
            BATCH,
            Reply(json=[TAKEN, INACTIVE, TAKEN]),
            ["delivered", "rejected", "delivered"],
            "inactive",
        ),
        DocumentedAnswer(
            "maintenance",
            "send",
            BATCH,
            Reply(json=[TAKEN, {"ErrorCode": 100, "Message": "Maintenance"}]),
            ["delivered", "retry"],
        ),
        DocumentedAnswer(
            "an answer that is not a list",
            "send",
            BATCH,
            Reply(json={"Message": "no list"}),
            ["uncertain", "uncertain"],
        ),
        DocumentedAnswer(
            "a wrong address",
            "send_template",
            "POST /email/batchWithTemplates",
            Reply(json=[{"ErrorCode": 300, "Message": "Invalid 'To' address"}, TAKEN]),
            ["rejected", "delivered"],
            "Invalid 'To' address",
        ),
    ],
)
