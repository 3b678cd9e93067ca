"""Google Ads and Google's token endpoint, as their documentation says that they answer."""

import json
from base64 import urlsafe_b64decode
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization as form
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from portcall.testing import ApiStandIn, DocumentedAnswer, Reply

BASE = "/v24/customers/1234567890"
CONVERSIONS = f"POST {BASE}:uploadClickConversions"
ADJUSTMENTS = f"POST {BASE}:uploadConversionAdjustments"
ACTION = "customers/1234567890/conversionActions/7"
TOKEN, DEVELOPER = "ya29.a0AfB-1a2b3c4d", "dev-0123456789abcdef"
ROBOT = "robot@acme-ads.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/adwords"
FAILURE = "type.googleapis.com/google.ads.googleads.v24.errors.GoogleAdsFailure"


@cache
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_file():
    pem = key().private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    members = {"type": "service_account", "private_key_id": "k1", "private_key": pem.decode()}
    return json.dumps({**members, "client_email": ROBOT})


def is_asserted(request):
    """Return whether the service account signed what it asserts, for this scope and audience."""
    head, claims, proof = request.form.get("assertion", ["e30.e30.e30"])[0].split(".")
    said = json.loads(urlsafe_b64decode(claims + "==="))
    data, signature = f"{head}.{claims}".encode(), urlsafe_b64decode(proof + "===")
    try:
        key().public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return said["iss"] == ROBOT and said["scope"] == SCOPE


def signed_in(request):
    if request.path == "/token":
        return is_asserted(request)
    return (
        request.headers.get("Authorization") == f"Bearer {TOKEN}"
        and request.headers.get("developer-token") == DEVELOPER
    )


def failure(status, word, text, *errors):
    details = [{"@type": FAILURE, "errors": list(errors)}] if errors else []
    said = {"code": status, "message": text, "status": word, "details": details}
    return Reply(status, json={"error": said})


def stranger(request):
    if request.path == "/token":
        return Reply(400, json={"error": "invalid_grant", "error_description": "Invalid JWT."})
    code = {"authenticationError": "DEVELOPER_TOKEN_INVALID"}
    error = {"errorCode": code, "message": "The developer token is not valid."}
    return failure(401, "UNAUTHENTICATED", "Request had invalid credentials.", error)


def refused(kind, code, text, index=1, where="conversions"):
    """Return one error of a partial failure."""
    place = {"fieldPathElements": [{"fieldName": where, "index": index}, {"fieldName": "gclid"}]}
    return {"errorCode": {kind: code}, "message": text, "location": place}


def partly(*errors):
    details = [{"@type": FAILURE, "errors": list(errors)}]
    said = {"code": 3, "message": "Multiple errors in 'details'.", "details": details}
    return Reply(json={"partialFailureError": said, "results": [{}, {}, {}], "jobId": "1"})


DONE = Reply(json={"results": [{"conversionAction": ACTION}], "jobId": "1"})
ORDER = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "timestamp": "2026-11-01T12:00:00.250Z",
    "properties": {
        "order_id": "o-1",
        "total": 41.5,
        "currency": "EUR",
        "gclid": "Cj0KCQ-1",
        "email": " Ada.Lovelace@Gmail.com ",
        "phone": "+44 20 7946 0958",
    },
    "context": {
        "traits": {
            "firstName": "Ada",
            "lastName": "Lovelace",
            "address": {"postalCode": "SW1Y 4JH", "country": "GB"},
        }
    },
}
stand_in = ApiStandIn(
    hosts=["googleads.googleapis.com", "oauth2.googleapis.com"],
    settings={
        "A person's Google account": {
            "method": "browser",
            "customer_id": "123-456-7890",
            "developer_token": DEVELOPER,
        },
        "Service account": {
            "method": "service_account",
            "customer_id": "123-456-7890",
            "developer_token": DEVELOPER,
            "service_account_key": key_file(),
        },
    },
    auth={"access_token": TOKEN, "client_id": "app-1", "client_secret": "app-secret-1a2b"},
    signed_in=signed_in,
    stranger=stranger,
    answers={
        "POST /token": Reply(
            json={"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3599}
        ),
        f"POST {BASE}/googleAds:search": lambda request: Reply(
            json={
                "results": [
                    {"conversionAction": {"resourceName": ACTION, "name": "Leads"}}
                    if "conversion_action" in request.json()["query"]
                    else {"customer": {"descriptiveName": "Acme"}}
                ]
            }
        ),
        CONVERSIONS: DONE,
        ADJUSTMENTS: DONE,
    },
    events={
        "upload_conversion": ORDER,
        "enhance_conversion": ORDER,
        "adjust_conversion": {**ORDER, "event": "Order Refunded"},
    },
    mappings={
        name: {"conversion_action": ACTION}
        for name in ("upload_conversion", "enhance_conversion", "adjust_conversion")
    },
    documented=[
        DocumentedAnswer(
            "a token that has expired",
            "upload_conversion",
            CONVERSIONS,
            failure(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
            ["reauthorize"],
        ),
        DocumentedAnswer(
            "a developer token without access",
            "upload_conversion",
            CONVERSIONS,
            failure(
                403,
                "PERMISSION_DENIED",
                "The caller does not have permission",
                {
                    "errorCode": {"authorizationError": "DEVELOPER_TOKEN_NOT_APPROVED"},
                    "message": "The developer token is only approved for test accounts.",
                },
            ),
            ["reauthorize"],
            "only approved for test accounts",
        ),
        DocumentedAnswer(
            "throttled",
            "upload_conversion",
            CONVERSIONS,
            failure(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
            ["retry"],
        ),
        DocumentedAnswer(
            "one bad conversion of three, behind a 200",
            "upload_conversion",
            CONVERSIONS,
            partly(refused("conversionUploadError", "UNPARSEABLE_GCLID", "The click ID is bad.")),
            ["delivered", "rejected", "delivered"],
            "The click ID is bad",
        ),
        DocumentedAnswer(
            "a click of a moment ago, of three",
            "upload_conversion",
            CONVERSIONS,
            partly(
                refused("conversionUploadError", "TOO_RECENT_EVENT", "Try again in 6 hours.", 0)
            ),
            ["retry", "delivered", "delivered"],
        ),
        DocumentedAnswer(
            "a conversion that was uploaded before",
            "upload_conversion",
            CONVERSIONS,
            partly(refused("conversionUploadError", "ORDER_ID_ALREADY_IN_USE", "In use.", 0)),
            ["delivered"],
        ),
        DocumentedAnswer(
            "an order that is not known yet",
            "adjust_conversion",
            ADJUSTMENTS,
            partly(
                refused(
                    "conversionAdjustmentUploadError",
                    "CONVERSION_NOT_FOUND",
                    "The conversion cannot be found.",
                    0,
                    "conversion_adjustments",
                )
            ),
            ["rejected"],
            "cannot be found",
        ),
        DocumentedAnswer(
            "a request without a conversion action",
            "enhance_conversion",
            ADJUSTMENTS,
            failure(
                400,
                "INVALID_ARGUMENT",
                "Request contains an invalid argument.",
                {"errorCode": {"fieldError": "REQUIRED"}, "message": "The field is required."},
            ),
            ["rejected"],
            "The field is required",
        ),
    ],
)
