"""Google Sheets and Google's token endpoint, as their documentation says that they answer."""

import json
from base64 import urlsafe_b64decode
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization as form
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

SHEET = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
BASE = f"/v4/spreadsheets/{SHEET}"
APPEND = f"POST {BASE}/values/'Sheet1':append"
TOKEN = "ya29.c.b0Aaekm1K-1a2b3c4d"
ROBOT = "robot@acme-analytics.iam.gserviceaccount.com"


@cache
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file():
    pem = key().private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    members = {"type": "service_account", "private_key_id": "k1", "private_key": pem.decode()}
    return json.dumps({**members, "client_email": ROBOT}, indent=2)


def is_asserted(request, scope="https://www.googleapis.com/auth/spreadsheets"):
    """Return whether the service account signed what it asserts, for this scope and audience."""
    head, claims, proof = request.form["assertion"][0].split(".")
    said = json.loads(urlsafe_b64decode(claims + "==="))
    try:
        key().public_key().verify(
            urlsafe_b64decode(proof + "==="),
            f"{head}.{claims}".encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
    except InvalidSignature:
        return False
    wanted = {"iss": ROBOT, "scope": scope, "aud": "https://oauth2.googleapis.com/token"}
    return all(said.get(name) == value for name, value in wanted.items()) and "sub" not in said


def signed_in(request):
    if request.path == "/token":
        return is_asserted(request)
    return request.headers.get("Authorization") == f"Bearer {TOKEN}"


def stranger(request):
    if request.path == "/token":
        text = "Invalid JWT Signature."
        return Reply(400, json={"error": "invalid_grant", "error_description": text})
    return failed(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")


def failed(status, word, text):
    return Reply(status, json={"error": {"code": status, "message": text, "status": word}})


EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-05-01T12:00:00Z",
    "properties": {"total": 41.5, "cells": ["o-1", 41.5], "range": "'Sheet1'!A2"},
}
WRITTEN = Reply(json={"spreadsheetId": SHEET, "updates": {"updatedRows": 1}})
INVALID = failed(400, "INVALID_ARGUMENT", "Invalid values[1][0]: struct_value")

stand_in = ApiStandIn(
    hosts=["sheets.googleapis.com", "oauth2.googleapis.com"],
    settings={"Service account": {"spreadsheet_id": SHEET, "service_account_key": key_file()}},
    signed_in=signed_in,
    stranger=stranger,
    answers={
        "POST /token": Reply(
            json={"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"}
        ),
        f"GET {BASE}": Reply(
            json={
                "properties": {"title": "Orders 2026"},
                "sheets": [
                    {"properties": {"title": "Sheet1"}},
                    {"properties": {"title": "Orders"}},
                ],
            }
        ),
        APPEND: WRITTEN,
        f"PUT {BASE}/values/%27Sheet1%27%21A2": WRITTEN,
    },
    events=dict.fromkeys(("append_event", "append_row", "update_row"), EVENT),
    documented=[
        DocumentedAnswer(
            "throttled",
            "append_event",
            APPEND,
            failed(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Write requests'"),
            ["retry"],
            "Quota exceeded",
        ),
        DocumentedAnswer(
            "expired",
            "append_event",
            APPEND,
            failed(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "not shared with the account",
            "append_event",
            APPEND,
            failed(403, "PERMISSION_DENIED", "The caller does not have permission"),
            ["rejected"],
            "does not have permission",
        ),
        DocumentedAnswer(
            "one bad row of three",
            "append_row",
            APPEND,
            lambda request: INVALID if b"m-1" in request.body else WRITTEN,
            ["delivered", "rejected", "delivered"],
            "struct_value",
            mapping={"cells": [{"@path": "$.messageId"}]},
        ),
        DocumentedAnswer(
            "a cell that is an object",
            "append_row",
            APPEND,
            INVALID,
            ["rejected"],
            "struct_value",
            event={"properties": {"cells": [{"a": 1}]}},
        ),
    ],
)
