"""Intercom: contacts, companies, tags and events.

In code, because a contact is created or updated by two requests: Intercom finds contacts by an ID of its own.

https://developers.intercom.com/docs/references/2.15/rest-api/api.intercom.io
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from portcall import (
    Action,
    Choices,
    Client,
    Deletion,
    Kind,
    MalformedResponseError,
    OAuth2Endpoints,
    Preset,
    RequestOptions,
    Response,
    ResponseError,
    Secret,
    Verdict,
    action,
    field,
    hookimpl,
    on_delete,
    path,
)
from portcall_intercom.payloads import Company, Contact, Event, Tagging

VERSION: Final = "2.15"
_REFUSED: Final = frozenset((400, 402, 403, 404, 406, 409, 413, 415, 422))
_EXISTING: Final = re.compile(r"^A contact matching .* with id=(\w+)")


@attrs.frozen
class Settings:
    """A workspace, and how to sign in."""

    region: str = field(
        label="Region",
        description="Where the workspace is hosted.",
        default="api.intercom.io",
        choices=[
            ("api.intercom.io", "United States"),
            ("api.eu.intercom.io", "Europe"),
            ("api.au.intercom.io", "Australia"),
        ],
    )
    method: str = field(
        label="Method",
        description="How to sign in.",
        default="token",
        choices=[("token", "Access token of your own app"), ("oauth", "OAuth app")],
    )
    access_token: Secret | None = field(
        label="Access token",
        description="Developer Hub > your app > Configure > Authentication.",
        default=None,
        depends_on={"method": "token"},
        required=True,
    )


@hookimpl
def auth_scheme() -> str:
    return "oauth2"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["api.intercom.io", "api.eu.intercom.io", "api.au.intercom.io"]


@hookimpl
def oauth2_endpoints(settings: Settings) -> OAuth2Endpoints | None:
    """Access tokens do not end, and there are no refresh tokens."""
    if settings.method == "token":
        return None
    return OAuth2Endpoints(
        authorize_url="https://app.intercom.com/oauth",
        token_url=f"https://{settings.region}/auth/eagle/token",
        client_authentication="client_secret_post",
        pkce=False,
    )


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    headers = {"Intercom-Version": VERSION}
    if settings.method == "token":
        headers["Authorization"] = f"Bearer {settings.access_token}"
    return RequestOptions(base_url=f"https://{settings.region}", headers=headers)


@hookimpl
def test_authentication(client: Client) -> str:
    return f"{client.get('/me').json()['app']['name']}"


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """A refusal has its reason in a list of errors."""
    if response.status not in _REFUSED:
        return None
    return Verdict(Kind.REJECTED, reason=_reason(response))


@action(
    title="Track an event",
    subscribe='type = "track"',
    idempotent=True,
    presets=[
        Preset(
            "Orders", 'type = "track" and event = "Order Completed"', {"event_name": "placed-order"}
        ),
        Preset("Sign-ups", 'type = "track" and event = "Signed Up"', {"event_name": "signed-up"}),
    ],
)
def track_event(client: Client, payload: Event) -> None:
    """Record an event of a contact that exists; Intercom drops the same one when it comes twice."""
    client.post("/events", json=payload.to_json())


@action(
    title="Create or update a contact",
    subscribe='type = "identify"',
    idempotent=True,
    presets=[
        Preset(
            "Sign-ups",
            'type = "track" and event = "Signed Up"',
            {"email": path("$.properties.email"), "name": path("$.properties.name")},
        )
    ],
)
def upsert_contact(client: Client, payload: Contact) -> None:
    """Create a user; one whom the external ID or the email identifies is updated."""
    body = payload.to_json()
    try:
        client.post("/contacts", json=body)
    except ResponseError as refusal:
        found = _EXISTING.match(_reason(refusal.response))
        if refusal.response.status != 409 or found is None:
            raise
        client.put("/contacts/{id}", path={"id": found[1]}, json=body)


@action(title="Create or update a company", subscribe='type = "group"', idempotent=True)
def upsert_company(client: Client, payload: Company) -> None:
    """Create a company or update it, and add a contact to it."""
    company = _id(client.post("/companies", json=payload.to_json()))
    if payload.user_id is not None:
        place = {"id": _contact(client, payload.user_id)}
        client.post("/contacts/{id}/companies", path=place, json={"id": company})


@action(title="Tag a contact", idempotent=True)
def tag_contact(client: Client, payload: Tagging) -> None:
    """Give a tag that exists to a contact."""
    place = {"id": _contact(client, payload.user_id)}
    client.post("/contacts/{id}/tags", path=place, json={"id": payload.tag})


@tag_contact.choices("tag")
def tags(client: Client) -> Choices:
    """List the tags of the workspace."""
    return Choices([(each["id"], each["name"]) for each in client.get("/tags").json()["data"]])


@on_delete
def delete(client: Client, payload: Deletion) -> None:
    """Delete a contact for ever; one that is not there is deleted."""
    if payload.user_id is None:
        return
    try:
        client.delete("/contacts/{id}", path={"id": _contact(client, payload.user_id)})
    except ResponseError as refusal:
        if refusal.response.status != 404:
            raise


@hookimpl
def actions() -> list[Action]:
    return [track_event, upsert_contact, upsert_company, tag_contact, delete]


def _contact(client: Client, external_id: str) -> str:
    """Return Intercom's own ID of a contact."""
    url = "/contacts/find_by_external_id/{external_id}"
    return _id(client.get(url, path={"external_id": external_id}))


def _id(response: Response) -> str:
    said = response.json()
    if not isinstance(said, dict) or not said.get("id"):
        raise MalformedResponseError("Intercom's answer has no id")
    return f"{said['id']}"


def _reason(response: Response) -> str:
    try:
        first = response.json()["errors"][0]
        return f"{first.get('message') or first['code']}"[:300]
    except (AttributeError, LookupError, TypeError, MalformedResponseError):
        return ""
