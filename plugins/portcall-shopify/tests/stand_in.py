"""Shopify's Admin API, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

KEY, TOKEN = "shpat_0123456789abcdef1a2b3c4d", "shpat_1a2b3c4d-of-an-app"
CLIENT, SECRET = "app-1", "app-secret-1a2b"
GRAPH = "POST /admin/api/2026-10/graphql.json"
DATA = {
    "shop {": {"shop": {"name": "Acme"}},
    "metaobjectDefinitions": {
        "metaobjectDefinitions": {"nodes": [{"type": "order_note", "name": "Order note"}]}
    },
    "customerSet": {"customerSet": {"customer": {"id": "gid://shopify/Customer/7"}}},
    "metafieldsSet": {"metafieldsSet": {"metafields": [{"id": "gid://shopify/Metafield/1"}]}},
    "metaobjectUpsert": {"metaobjectUpsert": {"metaobject": {"id": "gid://shopify/Metaobject/1"}}},
    "customerRequestDataErasure": {
        "customerRequestDataErasure": {"customerId": "gid://shopify/Customer/u-7"}
    },
}


def answered(request):
    query = request.json()["query"]
    [data] = [each for name, each in DATA.items() if name in query]
    data = {n: {**each, "userErrors": []} if "Set" in n else each for n, each in data.items()}
    return Reply(json={"data": data, "extensions": {"cost": {"requestedQueryCost": 10}}})


def signed_in(request):
    if request.path == "/admin/oauth/access_token":
        form = {name: values[0] for name, values in request.form.items()}
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        return form.items() >= wanted.items()
    return request.headers.get("X-Shopify-Access-Token") in {KEY, TOKEN}


def stranger(request):
    if request.path == "/admin/oauth/access_token":
        return Reply(401, json={"error": "invalid_client"})
    text = "[API] Invalid API key or access token (unrecognized login or wrong password)"
    return Reply(401, json={"errors": text})


def failed(code, text):
    error = {"message": text, "extensions": {"code": code}}
    return Reply(json={"errors": [error], "extensions": {"cost": {"requestedQueryCost": 10}}})


def user_errors(mutation, *errors):
    said = [{"field": field, "message": text, "code": "INVALID"} for field, text in errors]
    return Reply(json={"data": {mutation: {"userErrors": said}}})


SET = user_errors("metafieldsSet")
stand_in = ApiStandIn(
    hosts=["acme.myshopify.com"],
    settings={
        "Access token": {"method": "access_token", "shop": "acme", "access_token": KEY},
        "App of your own": {"method": "client_credentials", "shop": "acme"},
        "App that is installed": {"method": "authorization_code", "shop": "acme"},
    },
    auth={"access_token": TOKEN, "client_id": CLIENT, "client_secret": SECRET},
    signed_in=signed_in,
    stranger=stranger,
    answers={
        "POST /admin/oauth/access_token": Reply(
            json={"access_token": TOKEN, "scope": "write_customers", "expires_in": 86399}
        ),
        GRAPH: answered,
    },
    events={
        "upsert_customer": {
            "type": "identify",
            "userId": "u-7",
            "traits": {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"},
        },
        "set_metafield": {
            "type": "track",
            "event": "Scored",
            "properties": {"shopify_id": "7961234567", "score": 41},
        },
        "upsert_metaobject": {"type": "track", "event": "Noted", "messageId": "m-1"},
    },
    mappings={
        "set_metafield": {"key": "score", "value": {"@path": "$.properties.score"}},
        "upsert_metaobject": {
            "type": "order_note",
            "fields": [{"key": "text", "value": {"@path": "$.event"}}],
        },
    },
    documented=[
        DocumentedAnswer(
            "a token that was revoked",
            "upsert_customer",
            GRAPH,
            Reply(401, json={"errors": "[API] Invalid API key or access token"}),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "throttled, behind a 200",
            "upsert_customer",
            GRAPH,
            failed("THROTTLED", "Throttled"),
            ["retry"],
            "Throttled",
        ),
        DocumentedAnswer(
            "an outage, behind a 200",
            "upsert_customer",
            GRAPH,
            failed("INTERNAL_SERVER_ERROR", "Internal error"),
            ["retry"],
        ),
        DocumentedAnswer(
            "a scope that the app does not have",
            "upsert_customer",
            GRAPH,
            failed("ACCESS_DENIED", "Access denied for customerSet field."),
            ["rejected"],
            "Access denied",
        ),
        DocumentedAnswer(
            "a phone number that is none",
            "upsert_customer",
            GRAPH,
            user_errors("customerSet", (["input", "phone"], "Phone is invalid")),
            ["rejected"],
            "Phone is invalid",
        ),
        DocumentedAnswer(
            "one bad metafield of three, which keeps all from being set",
            "set_metafield",
            GRAPH,
            [
                user_errors(
                    "metafieldsSet", (["metafields", "1", "value"], "Value must be an integer.")
                ),
                SET,
            ],
            ["retry", "rejected", "retry"],
        ),
        DocumentedAnswer(
            "a type that has no definition",
            "upsert_metaobject",
            GRAPH,
            user_errors("metaobjectUpsert", (["handle", "type"], "No definition for this type")),
            ["rejected"],
            "No definition",
        ),
    ],
)
