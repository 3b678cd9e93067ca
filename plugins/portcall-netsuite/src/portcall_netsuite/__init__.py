"""NetSuite: events to a RESTlet of the customer's own, signed with token-based authentication.

https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/section_4389727047.html
"""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from portcall import (
    Action,
    Client,
    Kind,
    RequestOptions,
    Response,
    Secret,
    Verdict,
    action,
    field,
    hookimpl,
    path,
)

_ACCOUNT: Final = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)?")
_BUSY: Final = b"SSS_REQUEST_LIMIT_EXCEEDED"


@attrs.frozen
class Settings:
    """An account, and the script there that takes the events."""

    realm: str = field(
        label="Account ID",
        description="Setup > Company > Company Information, in capitals: `1234567` or `1234567_SB1`.",
        placeholder="1234567_SB1",
    )
    script: str = field(
        label="Script ID",
        description="Of the RESTlet: a number, or `customscript_...`.",
        placeholder="customscript_events",
    )
    deployment: str = field(
        label="Deployment ID",
        description="Of the RESTlet: a number, or `customdeploy_...`.",
        default="1",
    )
    signature_method: str = field(label="Signature method", default="HMAC-SHA256", init=False)
    private_key: Secret | None = field(label="Private key", default=None, init=False)
    body_hash: bool = field(label="Body hash", default=False, init=False)

    def __attrs_post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.realm):
            raise ValueError("Account ID must be in capitals, such as `1234567` or `1234567_SB1`")


@attrs.frozen
class Message:
    """One event, whole."""

    event: dict[str, Any] = field(label="Event", description="Sent as JSON.", default=path("$"))


@hookimpl
def auth_scheme() -> str:
    return "oauth1"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts(settings: Settings) -> list[str]:
    return [f"{_label(settings)}.restlets.api.netsuite.com"]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(base_url=_base(settings))


@hookimpl
def oauth1_endpoints(settings: Settings) -> dict[str, str]:
    page = f"https://{_label(settings)}.app.netsuite.com"
    return {
        "initiate": f"{_base(settings)}/rest/requesttoken",
        "authorize": f"{page}/app/login/secure/authorizetoken.nl",
        "token": f"{_base(settings)}/rest/accesstoken",
    }


@hookimpl
def test_authentication(client: Client) -> str:
    token = client.get("/rest/tokeninfo").json()
    return f"{token['userName']} as {token['roleName']} in {token['companyName']}"


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """Too many RESTlets at a time is answered with 400."""
    if response.status == 400 and _BUSY in response.body:
        return Verdict(Kind.THROTTLED, reason="too many requests at a time for this account")
    return None


@action(title="Send the event")
def send(client: Client, payload: Message, settings: Settings) -> None:
    """Post the event as JSON to the RESTlet."""
    query = {"script": settings.script, "deploy": settings.deployment}
    client.post("/app/site/hosting/restlet.nl", query=query, json=payload.event)


@hookimpl
def actions() -> list[Action]:
    return [send]


def _label(settings: Settings) -> str:
    """Write the account ID as its host names have it."""
    return settings.realm.lower().replace("_", "-")


def _base(settings: Settings) -> str:
    return f"https://{_label(settings)}.restlets.api.netsuite.com"
