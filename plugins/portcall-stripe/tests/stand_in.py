"""Stripe, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY = "rk_test_51H-1a2b3c4d5e6f"
METER = "POST /v1/billing/meter_events"
IDENTIFY = {
    "type": "identify",
    "userId": "u-7",
    "traits": {
        "name": "Ada",
        "email": "ada@example.com",
        "stripe_customer_id": "cus_NffrFeUfNV2Hib",
    },
}


def failed(status, kind, message, **more):
    return Reply(status, json={"error": {"type": kind, "message": message, **more}})


stand_in = ApiStandIn(
    hosts=["api.stripe.com"],
    settings={"Secret key": {"api_key": KEY}},
    signed_in=lambda request: request.headers.get("Authorization") == f"Bearer {KEY}",
    stranger=failed(401, "invalid_request_error", "Invalid API Key provided: rk_test_***"),
    answers={
        "GET /v1/account": Reply(json={"id": "acct_1032D82eZvKYlo2C", "object": "account"}),
        "GET /v1/billing/meters": Reply(
            json={"data": [{"id": "mtr_1", "event_name": "tokens", "display_name": "Tokens"}]}
        ),
        METER: Reply(json={"object": "billing.meter_event"}),
        "POST /v1/customers": Reply(json={"id": "cus_NffrFeUfNV2Hib"}),
        "POST /v1/customers/cus_NffrFeUfNV2Hib": Reply(json={"id": "cus_NffrFeUfNV2Hib"}),
    },
    events={
        "report_usage": {
            "type": "track",
            "event": "tokens",
            "timestamp": "2026-05-01T12:00:00Z",
            "properties": {"stripe_customer_id": "cus_NffrFeUfNV2Hib"},
        },
        "create_customer": IDENTIFY,
        "update_customer": IDENTIFY,
    },
    documented=[
        DocumentedAnswer(
            "throttled",
            "report_usage",
            METER,
            failed(429, "invalid_request_error", "Request rate limit exceeded.", code="rate_limit"),
            ["retry"],
        ),
        DocumentedAnswer(
            "expired",
            "report_usage",
            METER,
            failed(
                401, "invalid_request_error", "Expired API Key provided", code="api_key_expired"
            ),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "the same key at the same time",
            "report_usage",
            METER,
            failed(
                409, "idempotency_error", "another in-progress request is using this Idempotent Key"
            ),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad event of three",
            "report_usage",
            METER,
            [
                Reply(json={}),
                failed(
                    400, "invalid_request_error", "No active meter found with event_name: tokens"
                ),
                Reply(json={}),
            ],
            ["delivered", "rejected", "delivered"],
            "No active meter",
        ),
        DocumentedAnswer(
            "a customer that does not exist",
            "update_customer",
            "POST /v1/customers/cus_NffrFeUfNV2Hib",
            failed(404, "invalid_request_error", "No such customer", code="resource_missing"),
            ["rejected"],
            "No such customer",
        ),
    ],
)
