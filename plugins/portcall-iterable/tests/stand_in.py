"""Iterable, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "0123456789abcdef0123456789abcdef"
EVENTS, USERS = "POST /api/events/trackBulk", "POST /api/users/bulkUpdate"
PURCHASE, SUBSCRIBE = "POST /api/commerce/trackPurchase", "POST /api/lists/subscribe"
REASONS = (
    "invalidEmails", "invalidUserIds", "notFoundEmails", "notFoundUserIds", "invalidDataEmails",
    "invalidDataUserIds", "conflictEmails", "conflictUserIds", "forgottenEmails", "forgottenUserIds",
)  # fmt: skip


def refused(status, code, text):
    return Reply(status, json={"msg": text, "code": code, "params": None})


def taken(**failed):
    """Return what a bulk endpoint says: the lists of those that it did not take, by their reasons."""
    lists = {**{name: [] for name in REASONS}, **failed}
    count = sum(map(len, failed.values()))
    more = {"invalidEmails": [], "invalidUserIds": [], "createdFields": [], "filteredOutFields": []}
    return Reply(
        json={"successCount": 3 - count, "failCount": count, **more, "failedUpdates": lists}
    )


DONE = Reply(json={"msg": "", "code": "Success", "params": None})
PERSON = {"@template": "{{messageId}}@example.com"}
stand_in = ApiStandIn(
    hosts=["api.iterable.com"],
    settings={"API key": {"api_key": KEY}},
    signed_in=lambda request: request.headers.get("Api-Key") == KEY,
    stranger=refused(401, "BadApiKey", "Invalid API key"),
    answers={
        "GET /api/channels": Reply(json={"channels": [{"id": 1, "name": "Marketing"}]}),
        "GET /api/lists": Reply(json={"lists": [{"id": 7, "name": "News"}]}),
        EVENTS: taken(),
        USERS: taken(),
        PURCHASE: DONE,
        SUBSCRIBE: taken(),
        "DELETE /api/users/byUserId/u-7": DONE,
    },
    events={
        "track_event": {
            "type": "track",
            "event": "Signed Up",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {"plan": "pro"},
            "context": {"traits": {"email": "ada@example.com"}},
        },
        "update_user": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"email": "ada@example.com", "plan": "pro"},
        },
        "track_purchase": {
            "type": "track",
            "event": "Order Completed",
            "userId": "u-7",
            "timestamp": "2026-11-01T12:00:00Z",
            "properties": {
                "order_id": "o-1",
                "total": 41.5,
                "email": "ada@example.com",
                "products": [
                    {
                        "product_id": "p-1",
                        "sku": "p-1",
                        "name": "Tea",
                        "price": 20.75,
                        "quantity": 2,
                    }
                ],
            },
        },
        "subscribe_to_list": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"email": "ada@example.com"},
        },
    },
    mappings={"subscribe_to_list": {"list": 7}},
    documented=[
        DocumentedAnswer(
            "a key that was deleted",
            "track_event",
            EVENTS,
            refused(401, "BadApiKey", "Invalid API key"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled",
            "track_event",
            EVENTS,
            refused(429, "RateLimitExceeded", "Rate limit exceeded"),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad address of three, behind a 200",
            "track_event",
            EVENTS,
            taken(invalidEmails=["m-1@example.com"]),
            ["delivered", "rejected", "delivered"],
            "invalidEmails",
            mapping={"event_name": "Signed Up", "email": PERSON},
        ),
        DocumentedAnswer(
            "a user who is to be forgotten, of three",
            "update_user",
            USERS,
            taken(forgottenUserIds=["m-2"]),
            ["delivered", "delivered", "rejected"],
            "forgottenUserIds",
            mapping={"user_id": {"@path": "$.messageId"}},
        ),
        DocumentedAnswer(
            "a field of another type",
            "track_purchase",
            PURCHASE,
            refused(400, "RequestFieldsTypesMismatched", "Request contains field of another type"),
            ["rejected"],
            "another type",
        ),
        DocumentedAnswer(
            "no such list",
            "subscribe_to_list",
            SUBSCRIBE,
            refused(400, "BadParams", "List 7 does not exist"),
            ["rejected"],
            "does not exist",
        ),
    ],
)
