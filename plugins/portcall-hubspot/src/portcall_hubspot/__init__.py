"""HubSpot: OAuth 2.0, one host, date-based API versions.

https://developers.hubspot.com/docs/api-reference/latest/overview
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from portcall import (
    Action,
    Auth,
    Choices,
    Client,
    Kind,
    MalformedResponseError,
    Outcomes,
    Preset,
    RequestOptions,
    Response,
    ResponseError,
    Verdict,
    action,
    hookimpl,
    path,
)
from portcall_hubspot import answers, tokens
from portcall_hubspot.payloads import BehaviouralEvent, Contact

HOST: Final = "api.hubapi.com"
VERSION: Final = "2026-03"


@hookimpl
def auth_scheme() -> str:
    return "oauth2"


@hookimpl
def allowed_hosts() -> list[str]:
    return [HOST]


@hookimpl
def extend_request() -> RequestOptions:
    return RequestOptions(base_url=f"https://{HOST}")


@hookimpl
def refresh_access_token(client: Client, auth: Auth) -> Auth | None:
    return tokens.refresh(client, auth, f"/oauth/{VERSION}/token")


@hookimpl
def test_authentication(client: Client) -> str:
    account = client.get(f"/account-info/{VERSION}/details").json()
    return f"HubSpot account {account['portalId']} ({account['uiDomain']})"


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """A 207 to a batch says in ``errors`` what was refused."""
    if response.status != 207:
        return None
    try:
        errors = response.json().get("errors")
        return Verdict(Kind.REJECTED, reason=f"{errors[0]['message']}") if errors else None
    except (AttributeError, LookupError, TypeError, MalformedResponseError):
        return Verdict(Kind.REJECTED, reason="an answer about several records that cannot be read")


@action(
    title="Create or update a contact",
    subscribe='type = "identify"',
    idempotent=True,
    presets=[
        Preset(
            "Contacts from sign-ups",
            'type = "track" and event = "Signed Up"',
            {"email": path("$.properties.email"), "first_name": path("$.properties.firstName")},
        )
    ],
)
def upsert_contact(client: Client, payload: Contact) -> None:
    """Find a contact by email address and set its properties, or make one."""
    _upsert(client, [payload])


@upsert_contact.batch(size=100)
def upsert_contacts(client: Client, payloads: Sequence[Contact]) -> Outcomes:
    """Do the same for up to 100 contacts; HubSpot answers 207 if it did not take all."""
    try:
        _upsert(client, payloads)
    except ResponseError as error:
        if error.response.status != 207:
            raise
        return answers.read_upserted(error.response, [payload.email for payload in payloads])
    return Outcomes.delivered(payloads)


@action(
    title="Send a custom event",
    subscribe='type = "track"',
    presets=[Preset("Orders", 'type = "track" and event = "Order Completed"')],
)
def send_event(client: Client, payload: BehaviouralEvent) -> None:
    """Record that a custom behavioural event happened to a contact."""
    client.post(f"/events/{VERSION}/send", json=payload.to_json())


@send_event.batch(size=500, to_json=BehaviouralEvent.to_json)
def send_events(client: Client, items: Sequence[bytes]) -> Outcomes:
    """Record up to 500 events, which are taken together or not at all."""
    body = b'{"inputs":[%s]}' % b",".join(items)
    headers = {"content-type": "application/json"}
    client.post(f"/events/{VERSION}/send/batch", body=body, headers=headers)
    return Outcomes.delivered(items)


@send_event.choices("event_name")
def event_names(client: Client, query: str, page: str | None) -> Choices:
    """List the events that the account defines."""
    asked: dict[str, str | int] = {"limit": 100, "searchString": query, "after": page or ""}
    given = {name: value for name, value in asked.items() if value}
    answer = client.get(f"/events/{VERSION}/event-definitions", query=given)
    return answers.read_definitions(answer)


@hookimpl
def actions() -> list[Action]:
    return [upsert_contact, send_event]


def _upsert(client: Client, contacts: Sequence[Contact]) -> None:
    records = [
        {
            "id": contact.email,
            "idProperty": "email",
            "properties": contact.to_properties(),
            # By this, an answer about several records says which one it means.
            **({"objectWriteTraceId": str(place)} if len(contacts) > 1 else {}),
        }
        for place, contact in enumerate(contacts)
    ]
    url = f"/crm/objects/{VERSION}/contacts/batch/upsert"
    client.post(url, json={"inputs": records}, idempotent=True)
