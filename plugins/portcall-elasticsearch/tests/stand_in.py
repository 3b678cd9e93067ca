"""Elasticsearch, as its documentation says that it answers."""

import json

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ENDPOINT = "https://acme.es.example"
API_KEY = "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw1"
BULK = "POST /_bulk"
CREDENTIALS = {
    "ApiKey " + API_KEY,
    "Basic ZWxhc3RpYzpwdy0xYTJiM2M0ZA==",
    "Bearer AAEAAWVsYXN0aWMvZmxlZXQtc2VydmVyL3Rva2VuMQ",
}


def bulk(request):
    """Answer each operation in its order."""
    lines = [json.loads(line) for line in request.body.splitlines()]
    items = [
        {next(iter(each)): {"_id": each[next(iter(each))]["_id"], "status": 201}}
        for each in lines[::2]
    ]
    return Reply(json={"took": 3, "errors": False, "items": items})


def items(*results):
    errors = any(each["status"] >= 300 for each in results)
    said = [{"index": each} for each in results]
    return Reply(json={"took": 3, "errors": errors, "items": said})


def failed(status, kind, reason):
    return Reply(status, json={"error": {"type": kind, "reason": reason}, "status": status})


BAD = {"status": 400, "error": {"type": "document_parsing_exception", "reason": "failed to parse"}}
FULL = {"status": 429, "error": {"type": "es_rejected_execution_exception", "reason": "queue full"}}
TRACK = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5},
}
IDENTIFY = {"type": "identify", "userId": "u-7", "traits": {"email": "ada@example.com"}}

stand_in = ApiStandIn(
    hosts=["acme.es.example"],
    settings={
        "API key": {"endpoint": ENDPOINT, "method": "api_key", "api_key": API_KEY},
        "User name and password": {
            "endpoint": ENDPOINT,
            "method": "password",
            "user": "elastic",
            "password": "pw-1a2b3c4d",
        },
        "Bearer token": {
            "endpoint": ENDPOINT,
            "method": "token",
            "token": "AAEAAWVsYXN0aWMvZmxlZXQtc2VydmVyL3Rva2VuMQ",
        },
    },
    signed_in=lambda request: request.headers.get("Authorization") in CREDENTIALS,
    stranger=failed(401, "security_exception", "unable to authenticate"),
    answers={
        "GET /": Reply(json={"name": "node-1", "cluster_name": "acme", "version": {}}),
        BULK: bulk,
        "POST /events/_delete_by_query": Reply(json={"deleted": 3, "failures": []}),
    },
    events={"index_document": TRACK, "create_document": TRACK, "upsert_document": IDENTIFY},
    documented=[
        DocumentedAnswer(
            "one bad document of three",
            "index_document",
            BULK,
            items({"status": 201}, BAD, {"status": 200}),
            ["delivered", "rejected", "delivered"],
            "failed to parse",
        ),
        DocumentedAnswer(
            "one document that a full queue refused",
            "index_document",
            BULK,
            items({"status": 201}, FULL),
            ["delivered", "retry"],
            "queue full",
        ),
        DocumentedAnswer(
            "a document that is there already",
            "create_document",
            BULK,
            Reply(json={"errors": True, "items": [{"create": {"status": 409}}]}),
            ["delivered"],
        ),
        DocumentedAnswer(
            "throttled",
            "index_document",
            BULK,
            Reply(429, headers={"Retry-After": "60"}),
            ["retry"],
        ),
        DocumentedAnswer(
            "no right to write",
            "index_document",
            BULK,
            failed(403, "security_exception", "action [indices:data/write/bulk] is unauthorized"),
            ["rejected"],
            "unauthorized",
        ),
        DocumentedAnswer(
            "expired",
            "index_document",
            BULK,
            failed(401, "security_exception", "api key is expired"),
            ["reauthorize"],
        ),
    ],
)
