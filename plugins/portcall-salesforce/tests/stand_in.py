"""Salesforce, as its documentation says that it answers."""

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "00DA0000000CxxA!AQEAQJ1a2b3c4d"
CREATE = "POST /services/data/v64.0/composite/sobjects"
UPSERT = "/services/data/v64.0/composite/sobjects/Order__c/Number__c"
AUTH = {
    "access_token": TOKEN,
    "refresh_token": "refresh-1a2b3c4d",
    "client_id": "3MVG9lKcPoNINVBIPJjdw1J9LLM82HnFVVX19KY1uA5mu0QqEWhqKpoW3svG3X",
    "client_secret": "app-secret-1a2b3c4d",
    "state": {"instance_url": "https://acme.my.salesforce.com"},
}


def said(*ids):
    """Return the results of records: an id for each that was taken, an error's code for others."""
    return Reply(
        json=[
            {"id": each, "success": True, "errors": []}
            if each.startswith("00")
            else {
                "success": False,
                "errors": [{"statusCode": each, "message": f"{each} of a record", "fields": []}],
            }
            for each in ids
        ]
    )


def created(request):
    return said(*["00Q000000000001"] * len(request.json()["records"]))


def error(status, code, message):
    return Reply(status, json=[{"errorCode": code, "message": message}])


def token(request):
    if request.form.get("client_secret") == [AUTH["client_secret"]] or "assertion" in request.form:
        answer = {"instance_url": "https://acme.my.salesforce.com", "token_type": "Bearer"}
        return Reply(json={"access_token": TOKEN, **answer})
    return Reply(400, json={"error": "invalid_client", "error_description": "invalid client"})


stand_in = ApiStandIn(
    hosts=["*.my.salesforce.com", "*.sandbox.my.salesforce.com"],
    settings={
        "A person signs in": {"domain": "acme"},
        "Client credentials": {"domain": "acme", "method": "client_credentials"},
    },
    auth=AUTH,
    signed_in=lambda request: (
        request.path == "/services/oauth2/token"
        or request.headers.get("Authorization") == f"Bearer {TOKEN}"
    ),
    stranger=error(401, "INVALID_SESSION_ID", "Session expired or invalid"),
    answers={
        "POST /services/oauth2/token": token,
        "GET /services/oauth2/userinfo": Reply(
            json={"preferred_username": "ada@acme.example", "organization_id": "00Dx0000000"}
        ),
        CREATE: created,
        f"PATCH {UPSERT}": created,
        "GET /services/data/v64.0/sobjects": Reply(
            json={"sobjects": [{"name": "Order__c", "label": "Order"}]}
        ),
    },
    events={
        "create_lead": {
            "type": "identify",
            "traits": {
                "lastName": "Lovelace",
                "email": "ada@example.com",
                "company": {"name": "Analytical Engines"},
            },
        },
        "create_contact": {
            "type": "identify",
            "traits": {"lastName": "Lovelace", "email": "ada@example.com"},
        },
        "upsert_record": {"type": "track", "properties": {"Number__c": "o-1", "Total__c": 30}},
        "create_record": {"type": "track", "properties": {"Number__c": "o-1", "Total__c": 30}},
    },
    mappings={
        "upsert_record": {"object": "Order__c", "external_id_field": "Number__c"},
        "create_record": {"object": "Order__c"},
    },
    documented=[
        DocumentedAnswer(
            "a session that ended, and whose grant is gone",
            "create_lead",
            CREATE,
            error(401, "INVALID_SESSION_ID", "Session expired or invalid"),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "the day's requests are used up",
            "create_lead",
            CREATE,
            error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            ["retry"],
            "TotalRequests Limit exceeded",
        ),
        DocumentedAnswer(
            "one bad record of three, behind a 200",
            "create_lead",
            CREATE,
            said("00Q000000000001", "REQUIRED_FIELD_MISSING", "00Q000000000002"),
            ["delivered", "rejected", "delivered"],
            "REQUIRED_FIELD_MISSING",
        ),
        DocumentedAnswer(
            "a record that another writes at the same time",
            "upsert_record",
            f"PATCH {UPSERT}",
            said("00Q000000000001", "UNABLE_TO_LOCK_ROW"),
            ["delivered", "retry"],
        ),
        DocumentedAnswer(
            "an object that does not exist",
            "create_record",
            CREATE,
            error(400, "INVALID_TYPE", "sObject type 'Order__c' is not supported."),
            ["rejected"],
            "is not supported",
        ),
        DocumentedAnswer(
            "a user who may not",
            "create_record",
            CREATE,
            error(403, "INSUFFICIENT_ACCESS", "insufficient access rights"),
            ["rejected"],
            "insufficient access rights",
        ),
    ],
)
