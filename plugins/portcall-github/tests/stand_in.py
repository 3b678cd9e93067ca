"""GitHub, as its documentation says that it answers."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization as form
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

TOKEN = "github_pat_11ABCDEFG0-1a2b3c4d"
INSTALLED = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
TRADE = "/app/installations/12345678/access_tokens"
ISSUES = "POST /repos/octo/hello/issues"
EVENT = {
    "type": "track",
    "event": "Disk Full",
    "userId": "u-7",
    "properties": {"repository": "octo/hello", "number": 1347, "workflow": "deploy.yml"},
}


@cache
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem():
    kind = form.PrivateFormat.TraditionalOpenSSL
    return key().private_bytes(form.Encoding.PEM, kind, form.NoEncryption()).decode().strip()


def is_signed(request):
    """Return whether the app signed the token, for ten minutes at most."""
    head, claims, proof = request.headers["Authorization"].removeprefix("Bearer ").split(".")
    said = json.loads(urlsafe_b64decode(claims + "==="))
    data = f"{head}.{claims}".encode()
    try:
        signature = urlsafe_b64decode(proof + "===")
        key().public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    now = datetime.now(UTC).timestamp()
    return said["iss"] == "Iv23liAbCdEf" and said["iat"] <= now < said["exp"] <= said["iat"] + 660


def signed_in(request):
    if request.path == TRADE:
        return is_signed(request)
    assert request.headers["X-GitHub-Api-Version"] == "2022-11-28"
    return request.headers.get("Authorization") in {f"Bearer {TOKEN}", f"Bearer {INSTALLED}"}


def failed(status, message, **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json={"message": message}, headers=given)


REPOSITORY = {"id": 1, "full_name": "octo/hello"}

stand_in = ApiStandIn(
    hosts=["api.github.com"],
    settings={
        "A token": {"method": "token", "token": TOKEN},
        "An installation of a GitHub App": {
            "method": "app",
            "client_id_of_app": "Iv23liAbCdEf",
            "installation_id": "12345678",
            "private_key": pem(),
        },
    },
    signed_in=signed_in,
    stranger=failed(401, "Bad credentials"),
    answers={
        f"POST {TRADE}": Reply(
            201, json={"token": INSTALLED, "expires_at": "2099-01-01T00:00:00Z", "permissions": {}}
        ),
        "GET /user": Reply(json={"login": "octocat", "id": 1}),
        "GET /user/repos": Reply(json=[REPOSITORY]),
        "GET /installation/repositories": Reply(
            json={"total_count": 1, "repositories": [REPOSITORY]}
        ),
        ISSUES: Reply(201, json={"number": 1347}),
        "POST /repos/octo/hello/issues/1347/comments": Reply(201, json={"id": 1}),
        "POST /repos/octo/hello/dispatches": Reply(204),
        "POST /repos/octo/hello/actions/workflows/deploy.yml/dispatches": Reply(204),
    },
    events=dict.fromkeys(("create_issue", "comment", "dispatch", "run_workflow"), EVENT),
    documented=[
        DocumentedAnswer(
            "expired", "create_issue", ISSUES, failed(401, "Bad credentials"), ["reauthorize"]
        ),
        DocumentedAnswer(
            "the hourly limit",
            "create_issue",
            ISSUES,
            failed(
                403, "API rate limit exceeded", X_RateLimit_Remaining="0", X_RateLimit_Reset="60"
            ),
            ["retry"],
        ),
        DocumentedAnswer(
            "a secondary limit",
            "create_issue",
            ISSUES,
            failed(403, "You have exceeded a secondary rate limit", Retry_After="60"),
            ["retry"],
        ),
        DocumentedAnswer(
            "no right to the repository",
            "dispatch",
            "POST /repos/octo/hello/dispatches",
            failed(403, "Resource not accessible by personal access token"),
            ["rejected"],
            "not accessible",
        ),
        DocumentedAnswer(
            "one bad issue of three",
            "create_issue",
            ISSUES,
            [Reply(201, json={}), failed(422, "Validation Failed"), Reply(201, json={})],
            ["delivered", "rejected", "delivered"],
            "Validation Failed",
        ),
        DocumentedAnswer(
            "issues that are off",
            "create_issue",
            ISSUES,
            failed(410, "Issues has been disabled in this repository."),
            ["rejected"],
            "disabled",
        ),
    ],
)
