"""MongoDB Atlas, as its documentation says that it answers."""

import hashlib
import re

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

ROOT = "/api/atlas/v2"
PROJECT = f"{ROOT}/groups/32b6e34b3d91647abb20e7b8"
KEY = "c0ffee00-1234-4bcd-8ef0-1234567890ab"
ALERT = f"PATCH {PROJECT}/alerts/5d1113b25a115342acc2d1aa"
CHALLENGE = 'Digest realm="MMS Public API", nonce="n0nce", algorithm=MD5, qop="auth", stale=false'


def h(text):
    return hashlib.md5(text.encode()).hexdigest()


def signed_in(request):
    """Verify the digest (RFC 7616 §3.4.1)."""
    sent = dict(re.findall(r'(\w+)="?([^",]+)', request.headers.get("authorization", "")))
    words = [sent.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
    second = h(f"{request.method}:{request.target}")
    return sent.get("response") == h(
        ":".join([h(f"abcdefgh:MMS Public API:{KEY}"), *words, second])
    )


stand_in = ApiStandIn(
    hosts=["cloud.mongodb.com"],
    settings={
        "API key": {
            "username": "abcdefgh",
            "password": KEY,
            "project_id": "32b6e34b3d91647abb20e7b8",
        }
    },
    signed_in=signed_in,
    stranger=Reply(401, headers={"WWW-Authenticate": CHALLENGE}),
    answers={
        f"GET {ROOT}": Reply(
            json={"appName": "MongoDB Atlas", "apiKey": {"publicKey": "abcdefgh"}}
        ),
        ALERT: Reply(json={"status": "OPEN"}),
        f"POST {PROJECT}/accessList": Reply(201, json={"totalCount": 1}),
    },
    events={
        "acknowledge_alert": {
            "type": "track",
            "event": "Alert Acknowledged",
            "properties": {
                "alert_id": "5d1113b25a115342acc2d1aa",
                "until": "2026-05-02T12:00:00Z",
            },
        },
        "allow_address": {
            "type": "track",
            "event": "Access Granted",
            "properties": {"address": "192.0.2.1"},
        },
    },
    documented=[
        DocumentedAnswer("throttled", "acknowledge_alert", ALERT, Reply(429), ["retry"]),
        DocumentedAnswer(
            "an alert that there is not",
            "acknowledge_alert",
            ALERT,
            Reply(404, json={"error": 404, "detail": "No alert exists", "errorCode": "NOT_FOUND"}),
            ["rejected"],
        ),
    ],
)
