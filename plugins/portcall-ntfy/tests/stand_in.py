"""ntfy, as its documentation and its server's list of errors say that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"topic": "orders", "priority": 4, "tags": ["tada"]},
}
PUBLISHED = Reply(json={"id": "hwQ2YpKdmg", "event": "message", "topic": "orders"})
ROUTE = "POST /"


def refused(status, code, error):
    return Reply(status, json={"code": code, "http": status, "error": error})


UNAUTHORIZED = refused(401, 40101, "unauthorized")


def signed_in(request):
    """Verify the credentials that there are; none are a visitor's, who may use public topics."""
    given = request.headers.get("Authorization")
    return given in {None, f"Bearer {TOKEN}"} or request.basic == ("ada", "s3cret-1a2b")


stand_in = ApiStandIn(
    hosts=["ntfy.sh"],
    settings={
        "Access token": {"method": "token", "token": TOKEN},
        "User name and password": {
            "method": "password",
            "username": "ada",
            "password": "s3cret-1a2b",
        },
    },
    signed_in=signed_in,
    stranger=UNAUTHORIZED,
    answers={"GET /v1/account": Reply(json={"username": "ada", "role": "user"}), ROUTE: PUBLISHED},
    events={"publish": EVENT},
    documented=[
        DocumentedAnswer("expired", "publish", ROUTE, UNAUTHORIZED, ["reauthorize"]),
        DocumentedAnswer(
            "throttled",
            "publish",
            ROUTE,
            refused(429, 42901, "limit reached: too many requests; please wait"),
            ["retry"],
        ),
        DocumentedAnswer(
            "a topic of another person",
            "publish",
            ROUTE,
            refused(403, 40301, "forbidden"),
            ["rejected"],
            "forbidden",
        ),
        DocumentedAnswer(
            "one bad event of three",
            "publish",
            ROUTE,
            [PUBLISHED, refused(400, 40009, "invalid request: topic invalid"), PUBLISHED],
            ["delivered", "rejected", "delivered"],
            "topic invalid",
        ),
    ],
)
