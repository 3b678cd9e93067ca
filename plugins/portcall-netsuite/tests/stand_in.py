"""NetSuite, as its documentation says that it answers."""

import base64
import hmac
import re
from urllib.parse import parse_qsl, quote, unquote

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

HOST = "1234567-sb1.restlets.api.netsuite.com"
RESTLET = "POST /app/site/hosting/restlet.nl"


def enc(text):
    return quote(text, safe="-._~")


def signed_in(request):
    """Verify the signature (RFC 5849 §3.4.2), with SHA-256."""
    header = request.headers.get("authorization", "")
    sent = {k: unquote(v) for k, v in re.findall(r'(\w+)="([^"]*)"', header)}
    signature, _ = sent.pop("oauth_signature", ""), sent.pop("realm", "")
    path, _, query = request.target.partition("?")
    pairs = sorted((enc(k), enc(v)) for k, v in [*sent.items(), *parse_qsl(query)])
    normal = "&".join(f"{k}={v}" for k, v in pairs)
    base = f"{request.method}&{enc(f'https://{HOST}{path}')}&{enc(normal)}".encode()
    proof = hmac.digest(b"consumer-secret-c0ffee&token-secret-c0ffee", base, "sha256")
    return signature == base64.b64encode(proof).decode()


stand_in = ApiStandIn(
    hosts=[HOST],
    settings={
        "Token": {
            "realm": "1234567_SB1",
            "script": "customscript_events",
            "consumer_key": "f40afdd8abaac111b13825dd5e5e2ddd",
            "consumer_secret": "consumer-secret-c0ffee",
            "token": "2b0ce516420110bcbd36b69e99196d1b",
            "token_secret": "token-secret-c0ffee",
        }
    },
    signed_in=signed_in,
    stranger=Reply(401, json={"error": {"code": "INVALID_LOGIN_ATTEMPT"}}),
    answers={
        "GET /rest/tokeninfo": Reply(
            json={"companyName": "Engines", "roleName": "Events", "userName": "Ada"}
        ),
        RESTLET: Reply(json={"id": 7}),
    },
    events={"send": {"type": "track", "event": "Order Completed", "messageId": "m-1"}},
    documented=[
        DocumentedAnswer("throttled", "send", RESTLET, Reply(429), ["retry"]),
        DocumentedAnswer(
            "a script that fails",
            "send",
            RESTLET,
            Reply(400, json={"error": {"code": "SSS_MISSING_REQD_ARGUMENT"}}),
            ["rejected"],
        ),
    ],
)
