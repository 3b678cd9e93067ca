"""Amazon EventBridge: PutEvents, signed with Signature Version 4.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from portcall import (
    Action,
    Client,
    RequestError,
    RequestOptions,
    Response,
    Verdict,
    action,
    field,
    hookimpl,
)
from portcall_eventbridge.entries import Batch, Event, entry_of, entry_of_event
from portcall_eventbridge.results import verdict_on
from portcall_sigv4 import SigningScope, read_json

MAX_ENTRIES: Final = 10
_JSON: Final = {"content-type": "application/x-amz-json-1.1"}


@attrs.frozen
class Settings:
    """One event bus; the access key and the region come from the scheme."""

    event_bus: str = field(
        label="Event bus", description="Its name, or its ARN in another account.", default="default"
    )
    endpoint: str | None = field(
        label="Endpoint",
        description="Only where it is not the region's own: a VPC endpoint, say.",
        format="uri",
        default=None,
        category="Advanced",
    )


@hookimpl
def auth_scheme() -> str:
    return "sigv4"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def signing_scope(settings: Any) -> SigningScope:
    return SigningScope(service="events", region=settings.region)


@hookimpl
def allowed_hosts(settings: Any) -> list[str]:
    return ["{endpoint}"] if settings.endpoint else [_host(settings.region)]


@hookimpl
def extend_request(settings: Any) -> RequestOptions:
    return RequestOptions(base_url=settings.endpoint or f"https://{_host(settings.region)}")


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    return verdict_on(response)


@hookimpl
def test_authentication(client: Client, settings: Any) -> str:
    bus = _call(client, "DescribeEventBus", {"Name": settings.event_bus}, idempotent=True)
    return f"event bus {bus['Arn']}"


@action(title="Put an event", subscribe='type = "track"')
def put_event(client: Client, payload: Event, settings: Any) -> None:
    """Put one event onto the bus, whole, as the detail of an entry."""
    _put(client, [entry_of(payload, settings.event_bus)])


@action(title="Put a batch of events")
def put_events(client: Client, payload: Batch, settings: Any) -> None:
    """Put up to ten events onto the bus with one request.

    Raises:
        RequestError: There are more; nothing was sent.
        ResponseError: EventBridge refused some of them; names the entries, counted from 1.
    """
    if not 1 <= len(payload.events) <= MAX_ENTRIES:
        raise RequestError(
            f"the batch has {len(payload.events)} events; one request takes 1 to {MAX_ENTRIES}"
        )
    bus = settings.event_bus
    _put(client, [entry_of_event(event, payload.source, bus) for event in payload.events])


@hookimpl
def actions() -> list[Action]:
    return [put_event, put_events]


def _put(client: Client, entries: list[dict[str, Any]]) -> None:
    _call(client, "PutEvents", {"Entries": entries})


def _call(
    client: Client, operation: str, arguments: dict[str, Any], *, idempotent: bool = False
) -> dict[str, Any]:
    headers = {**_JSON, "x-amz-target": f"AWSEvents.{operation}"}
    return read_json(client.post("/", json=arguments, headers=headers, idempotent=idempotent))


def _host(region: str) -> str:
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"events.{region}.{suffix}"
