"""BigQuery and Google's token endpoint, as their documentation says that they answer."""

import json
from base64 import urlsafe_b64decode
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization as form
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

BASE = "/bigquery/v2/projects/acme-analytics/datasets"
INSERT = f"POST {BASE}/portcall/tables/events/insertAll"
ROWS = f"POST {BASE}/portcall/tables/rows/insertAll"
TOKEN = "ya29.c.b0Aaekm1K-1a2b3c4d"
ROBOT = "robot@acme-analytics.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/bigquery"


@cache
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file():
    pem = key().private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    members = {"type": "service_account", "private_key_id": "k1", "private_key": pem.decode()}
    return json.dumps({**members, "client_email": ROBOT}, indent=2)


def is_asserted(request):
    """Return whether the service account signed what it asserts, for this scope and audience."""
    head, claims, proof = request.form["assertion"][0].split(".")
    said = json.loads(urlsafe_b64decode(claims + "==="))
    data = f"{head}.{claims}".encode()
    try:
        signature = urlsafe_b64decode(proof + "===")
        key().public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    wanted = {"iss": ROBOT, "scope": SCOPE, "aud": "https://oauth2.googleapis.com/token"}
    return all(said.get(name) == value for name, value in wanted.items()) and "sub" not in said


def signed_in(request):
    if request.path == "/token":
        return is_asserted(request)
    return request.headers.get("Authorization") == f"Bearer {TOKEN}"


def stranger(request):
    if request.path == "/token":
        text = "Invalid JWT Signature."
        return Reply(400, json={"error": "invalid_grant", "error_description": text})
    return failed(401, "authError", "Request had invalid authentication credentials.")


def failed(status, reason, text):
    errors = [{"message": text, "domain": "global", "reason": reason}]
    return Reply(status, json={"error": {"code": status, "message": text, "errors": errors}})


def inserted(*errors):
    said = [
        {"index": index, "errors": [{"reason": reason, "location": "", "message": text}]}
        for index, reason, text in errors
    ]
    more = {"insertErrors": said} if said else {}
    return Reply(json={"kind": "bigquery#tableDataInsertAllResponse", **more})


EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5},
}

stand_in = ApiStandIn(
    hosts=["bigquery.googleapis.com", "oauth2.googleapis.com"],
    settings={
        "Service account": {
            "project": "acme-analytics",
            "service_account_key": key_file(),
        }
    },
    signed_in=signed_in,
    stranger=stranger,
    answers={
        "POST /token": Reply(
            json={"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}
        ),
        f"GET {BASE}": Reply(
            json={
                "datasets": [
                    {"datasetReference": {"projectId": "acme-analytics", "datasetId": "portcall"}}
                ]
            }
        ),
        f"GET {BASE}/portcall/tables": Reply(
            json={"tables": [{"tableReference": {"tableId": "events"}}]}
        ),
        INSERT: inserted(),
        ROWS: inserted(),
    },
    events={"insert_event": EVENT, "insert_row": EVENT},
    documented=[
        DocumentedAnswer(
            "one bad row of three",
            "insert_row",
            ROWS,
            inserted((1, "invalid", "no such field: total.")),
            ["delivered", "rejected", "delivered"],
            "no such field",
        ),
        DocumentedAnswer(
            "one bad row",
            "insert_row",
            ROWS,
            inserted((0, "invalid", "no such field: total.")),
            ["rejected"],
            "no such field",
        ),
        DocumentedAnswer(
            "rows that were stopped by others",
            "insert_event",
            INSERT,
            inserted((0, "stopped", ""), (1, "invalid", "Could not parse 'x' as a timestamp.")),
            ["retry", "rejected"],
        ),
        DocumentedAnswer(
            "throttled behind a 403",
            "insert_event",
            INSERT,
            failed(403, "rateLimitExceeded", "Exceeded rate limits"),
            ["retry"],
            "Exceeded rate limits",
        ),
        DocumentedAnswer(
            "no access",
            "insert_event",
            INSERT,
            failed(403, "accessDenied", "Access Denied: Table acme-analytics:portcall.events"),
            ["rejected"],
            "Access Denied",
        ),
        DocumentedAnswer(
            "a table that does not exist",
            "insert_event",
            INSERT,
            failed(404, "notFound", "Not found: Table acme-analytics:portcall.events"),
            ["rejected"],
            "Not found",
        ),
        DocumentedAnswer(
            "expired",
            "insert_event",
            INSERT,
            failed(401, "authError", "Request had invalid authentication credentials."),
            ["reauthorize"],
        ),
    ],
)
