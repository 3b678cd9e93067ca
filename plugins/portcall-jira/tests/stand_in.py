"""Jira Cloud, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

CLOUD = "11223344-a1b2-3b33-c444-def123456789"
SCOPED = "ATSTT3xFfGF0-1a2b3c4d"
EX = f"/ex/jira/{CLOUD}"
BULK = "POST /rest/api/3/issue/bulk"
CREDENTIALS = {
    "/rest": "Basic YWRhQGV4YW1wbGUuY29tOkFUQVRUM3hGZkdGMC0xYTJiM2M0ZA==",
    "/ex": f"Bearer {SCOPED}",
}
PROPERTIES = {"project": "OPS", "issue": "OPS-7", "transition": "31"}
EVENT = {"type": "track", "event": "Disk Full", "userId": "u-7", "properties": PROPERTIES}


def signed_in(request):
    wanted = CREDENTIALS["/ex" if request.path.startswith("/ex") else "/rest"]
    return request.headers.get("Authorization") == wanted


def created(request):
    places = range(len(request.json()["issueUpdates"]))
    issues = [{"id": f"{10000 + n}", "key": f"OPS-{n}"} for n in places]
    return Reply(201, json={"issues": issues, "errors": []})


def error(place, **errors):
    said = {"errorMessages": [], "errors": errors}
    return {"status": 400, "elementErrors": said, "failedElementNumber": place}


ANSWERS = {
    "GET /rest/api/3/myself": Reply(
        json={"accountId": "5b10a2844c", "displayName": "Ada Lovelace"}
    ),
    "GET /rest/api/3/project/search": Reply(
        json={"isLast": True, "values": [{"id": "1", "key": "OPS", "name": "Operations"}]}
    ),
    BULK: created,
    "POST /rest/api/3/issue/OPS-7/comment": Reply(201, json={"id": "10000"}),
    "POST /rest/api/3/issue/OPS-7/transitions": Reply(204),
}

stand_in = ApiStandIn(
    hosts=["acme.atlassian.net", "api.atlassian.com"],
    settings={
        "API token": {
            "site": "acme",
            "method": "token",
            "email": "ada@example.com",
            "api_token": "ATATT3xFfGF0-1a2b3c4d",
        },
        "API token of a service account": {
            "site": "acme",
            "method": "service_account",
            "scoped_token": SCOPED,
            "cloud_id": CLOUD,
        },
    },
    signed_in=signed_in,
    stranger=Reply(401, body=b"Client must be authenticated to access this resource."),
    answers={
        **ANSWERS,
        **{route.replace(" /", f" {EX}/"): answer for route, answer in ANSWERS.items()},
    },
    events={"create_issue": EVENT, "comment": EVENT, "transition": EVENT},
    documented=[
        DocumentedAnswer(
            "one bad issue of three",
            "create_issue",
            BULK,
            Reply(
                201,
                json={
                    "issues": [{"key": "OPS-1"}, {"key": "OPS-2"}],
                    "errors": [error(1, issuetype="The issue type selected is invalid.")],
                },
            ),
            ["delivered", "rejected", "delivered"],
            "issue type selected",
        ),
        DocumentedAnswer(
            "nothing but bad issues",
            "create_issue",
            BULK,
            Reply(
                400,
                json={
                    "issues": [],
                    "errors": [error(0, summary="too long"), error(1, project="not there")],
                },
            ),
            ["rejected", "rejected"],
        ),
        DocumentedAnswer(
            "throttled",
            "comment",
            "POST /rest/api/3/issue/OPS-7/comment",
            Reply(429, headers={"Retry-After": "60", "X-RateLimit-Reason": "jira-burst-based"}),
            ["retry"],
        ),
        DocumentedAnswer(
            "no such issue",
            "comment",
            "POST /rest/api/3/issue/OPS-7/comment",
            Reply(404, json={"errorMessages": ["Issue does not exist"], "errors": {}}),
            ["rejected"],
            "Issue does not exist",
        ),
        DocumentedAnswer(
            "a comment without a text",
            "comment",
            "POST /rest/api/3/issue/OPS-7/comment",
            Reply(
                400, json={"errorMessages": [], "errors": {"comment": "Comment body is invalid"}}
            ),
            ["rejected"],
            "Comment body",
        ),
        DocumentedAnswer("expired", "create_issue", BULK, Reply(401), ["reauthorize"]),
    ],
)
