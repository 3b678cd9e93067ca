"""The webhook of a Teams workflow, as Microsoft's documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

HOST = "prod-12.westeurope.logic.azure.com"
PATH = "/workflows/0123456789abcdef/triggers/manual/paths/invoke"
SIGNATURE = "1a2b3c4d5e6f"
QUERY = f"api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"
NEW_HOST = "default0123456789.ab.environment.api.powerplatform.com"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"card": {"type": "AdaptiveCard", "version": "1.4", "body": []}},
}
POST = f"POST {PATH}"
ACCEPTED = Reply(202)


def refused(status, code, message):
    return Reply(status, json={"error": {"code": code, "message": message}})


UNSIGNED = refused(
    401, "DirectApiAuthorizationRequired", "The request must be authenticated only by Shared Access"
)

stand_in = ApiStandIn(
    hosts=[HOST, NEW_HOST],
    settings={
        "Logic Apps": {"webhook_url": f"https://{HOST}:443{PATH}?{QUERY}"},
        "Power Platform": {"webhook_url": f"https://{NEW_HOST}{PATH}?{QUERY}"},
    },
    signed_in=lambda request: request.query.get("sig") == [SIGNATURE],
    stranger=UNSIGNED,
    answers={POST: ACCEPTED},
    events={"post_message": EVENT, "post_card": EVENT},
    documented=[
        DocumentedAnswer("a URL that ended", "post_message", POST, UNSIGNED, ["reauthorize"]),
        DocumentedAnswer(
            "a workflow that was removed",
            "post_message",
            POST,
            refused(404, "WorkflowNotFound", "The workflow could not be found."),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled", "post_message", POST, Reply(429, headers={"Retry-After": "30"}), ["retry"]
        ),
        DocumentedAnswer(
            "one bad event of three",
            "post_message",
            POST,
            [
                ACCEPTED,
                refused(400, "TriggerInputSchemaMismatch", "The input body is not as the schema"),
                ACCEPTED,
            ],
            ["delivered", "rejected", "delivered"],
            "not as the schema",
        ),
    ],
)
