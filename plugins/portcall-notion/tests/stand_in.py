"""Notion, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "ntn_1234567890abcdefABCDEF"
SOURCE = "1c7b35e6-e67f-8096-bf3f-000ba938459e"
PAGE = "b55c9c91-384d-452b-81db-d1ef79372b75"
CREATE = "POST /v1/pages"
TRACK = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"page_id": PAGE, "data_source_id": SOURCE},
}


def failed(status, code, message, **headers):
    said = {"object": "error", "status": status, "code": code, "message": message}
    return Reply(status, json=said, headers=headers)


def signed_in(request):
    assert request.headers["Notion-Version"] == "2025-09-03"
    return request.headers.get("Authorization") == f"Bearer {TOKEN}"


stand_in = ApiStandIn(
    hosts=["api.notion.com"],
    settings={"Internal integration": {"access_token": TOKEN}},
    signed_in=signed_in,
    stranger=failed(401, "unauthorized", "API token is invalid."),
    answers={
        "GET /v1/users/me": Reply(
            json={"object": "user", "id": "bot-1", "bot": {"workspace_name": "Ada's Workspace"}}
        ),
        CREATE: Reply(json={"object": "page", "id": PAGE}),
        f"PATCH /v1/blocks/{PAGE}/children": Reply(json={"object": "list", "results": []}),
        "POST /v1/comments": Reply(json={"object": "comment"}),
        "POST /v1/search": Reply(
            json={
                "object": "list",
                "results": [
                    {"object": "data_source", "id": SOURCE, "title": [{"plain_text": "Orders"}]}
                ],
                "next_cursor": None,
            }
        ),
    },
    events={"create_page": TRACK, "append_block": TRACK, "comment": TRACK},
    documented=[
        DocumentedAnswer(
            "throttled",
            "create_page",
            CREATE,
            failed(429, "rate_limited", "You have been rate limited.", **{"Retry-After": "60"}),
            ["retry"],
            "rate limited",
        ),
        DocumentedAnswer(
            "expired",
            "create_page",
            CREATE,
            failed(401, "unauthorized", "invalid"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "a conflict with another save",
            "create_page",
            CREATE,
            failed(409, "conflict_error", "Conflict occurred while saving."),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad page of three",
            "create_page",
            CREATE,
            [
                Reply(json={"object": "page"}),
                failed(400, "validation_error", "Name is expected to be title."),
                Reply(json={"object": "page"}),
            ],
            ["delivered", "rejected", "delivered"],
            "expected to be title",
        ),
        DocumentedAnswer(
            "not shared with the integration",
            "create_page",
            CREATE,
            failed(404, "object_not_found", "Could not find data source with ID"),
            ["rejected"],
            "Could not find",
        ),
    ],
)
