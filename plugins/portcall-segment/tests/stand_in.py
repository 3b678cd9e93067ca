"""Segment's tracking API, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

SUCCESS = Reply(json={"success": True})
COMMON = {"userId": "u-7", "messageId": "m-1", "timestamp": "2026-05-01T12:00:00Z"}
CALLS = {
    "track": {"event": "Order Completed", "properties": {"total": 41.5}},
    "identify": {"traits": {"email": "ada@example.com"}},
    "group": {"groupId": "g-1"},
    "page": {"name": "Pricing"},
    "screen": {"name": "Home"},
    "alias": {"previousId": "old-7"},
}
EVENTS = {name: {"type": name, **COMMON, **call} for name, call in CALLS.items()}
BATCH = "POST /v1/batch"

stand_in = ApiStandIn(
    hosts=["api.segment.io"],
    settings={"Write key": {"write_key": "wk-1a2b3c"}},
    signed_in=lambda request: request.basic == ("wk-1a2b3c", ""),
    stranger=Reply(401),
    answers={f"POST /v1/{name}": SUCCESS for name in (*CALLS, "batch")},
    events={**EVENTS, "batch": {"batch": [EVENTS["track"]]}},
    documented=[
        DocumentedAnswer("throttled", "track", BATCH, Reply(429), ["retry"] * 2),
        DocumentedAnswer(
            "JSON that cannot be read", "track", BATCH, Reply(400), ["rejected", "rejected"]
        ),
        DocumentedAnswer(
            "refused behind a 200",
            "track",
            BATCH,
            Reply(json={"success": False}),
            ["rejected"],
        ),
    ],
)
