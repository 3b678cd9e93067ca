"""Segment: the HTTP tracking API, with a write key as user name and no password.

https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import attrs

from portcall import (
    Action,
    Client,
    Kind,
    MalformedResponseError,
    Outcomes,
    RequestError,
    RequestOptions,
    Response,
    Secret,
    Verdict,
    action,
    encode_json,
    field,
    hookimpl,
)
from portcall_segment.answers import read_batch
from portcall_segment.calls import (
    Alias,
    Batch,
    Common,
    Group,
    Identify,
    Page,
    Screen,
    Track,
    batched,
    wire,
)

MAX_EVENT_BYTES: Final = 32_000
MAX_BATCH_BYTES: Final = 500_000
MAX_BATCH_EVENTS: Final = 2500


@attrs.frozen
class Settings:
    """One source, at Segment or at a server that speaks its API."""

    username: Secret = field(label="Username", default="", init=False)
    password: Secret = field(label="Password", default="", init=False)
    write_key: Secret = field(
        label="Write key", description="Sources > your HTTP API source > Settings > API keys."
    )
    endpoint: str = field(
        label="Endpoint",
        description="Without /v1. In the EU: https://events.eu1.segmentapis.com. "
        "Of RudderStack, the data plane URL; of Jitsu, the ingest URL.",
        format="uri",
        default="https://api.segment.io",
        category="Advanced",
    )


@hookimpl
def auth_scheme() -> str:
    return "basic"


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{endpoint}"]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    return RequestOptions(base_url=settings.endpoint, username=settings.write_key, password="")


@hookimpl
def classify_response(response: Response) -> Verdict | None:
    """A 200 is a success unless it says otherwise: ``{"success": false}``."""
    if response.status != 200 or b'"success"' not in response.body:
        return None
    try:
        said = response.json()
    except MalformedResponseError:
        return None
    refused = isinstance(said, dict) and said.get("success") is False
    return Verdict(Kind.REJECTED, reason="success is false") if refused else None


@action(title="Track", subscribe='type = "track"', idempotent=True)
def track(client: Client, payload: Track, idempotency_key: str) -> None:
    """Record what a user did."""
    _post(client, "track", payload, idempotency_key)


@action(title="Identify", subscribe='type = "identify"', idempotent=True)
def identify(client: Client, payload: Identify, idempotency_key: str) -> None:
    """Tie a user to their traits."""
    _post(client, "identify", payload, idempotency_key)


@action(title="Group", subscribe='type = "group"', idempotent=True)
def group(client: Client, payload: Group, idempotency_key: str) -> None:
    """Put a user into a company, team or account."""
    _post(client, "group", payload, idempotency_key)


@action(title="Page", subscribe='type = "page"', idempotent=True)
def page(client: Client, payload: Page, idempotency_key: str) -> None:
    """Record that a user saw a page of a website."""
    _post(client, "page", payload, idempotency_key)


@action(title="Screen", subscribe='type = "screen"', idempotent=True)
def screen(client: Client, payload: Screen, idempotency_key: str) -> None:
    """Record that a user saw a screen of an app."""
    _post(client, "screen", payload, idempotency_key)


@action(title="Alias", subscribe='type = "alias"', idempotent=True)
def alias(client: Client, payload: Alias, idempotency_key: str) -> None:
    """Join two identities of one user."""
    _post(client, "alias", payload, idempotency_key)


@action(title="Batch")
def batch(client: Client, payload: Batch) -> None:
    """Send many calls in one request.

    Segment answers 200 to a batch and drops what is over its limits, so they are checked here.

    Raises:
        RequestError: Too many calls, or too large; nothing was sent.
    """
    calls = [encode_json(call) for call in payload.batch]
    body = b'{"batch":[%s]}' % b",".join(calls)
    if len(calls) > MAX_BATCH_EVENTS or len(body) > MAX_BATCH_BYTES:
        raise RequestError(
            f"the batch has {len(calls)} calls and {len(body)} bytes; at most {MAX_BATCH_EVENTS} and "
            f"{MAX_BATCH_BYTES} are taken: make it smaller"
        )
    for number, call in enumerate(calls, 1):
        if len(call) > MAX_EVENT_BYTES:
            raise RequestError(
                f"call {number} of the batch has {len(call)} bytes; {MAX_EVENT_BYTES} are taken"
            )
    client.post("/v1/batch", body=body, headers={"content-type": "application/json"})


def send_batch(client: Client, items: Sequence[bytes]) -> Outcomes:
    """Send many calls in one request; Segment and RudderStack take it whole, Jitsu names what it did not."""
    return read_batch(_post_batch(client, items), items)


for _call in (track, identify, group, page, screen, alias):
    _call.batch(
        size=MAX_BATCH_EVENTS,
        size_bytes=MAX_BATCH_BYTES - len(b'{"batch":[]}'),
        item_bytes=MAX_EVENT_BYTES,
        to_json=partial(batched, _call.name),
    )(send_batch)


@hookimpl
def actions() -> list[Action]:
    return [track, identify, group, page, screen, alias, batch]


def _post(client: Client, call: str, payload: Common, key: str) -> None:
    client.post("/v1/{call}", path={"call": call}, json=wire(payload, key))


def _post_batch(client: Client, calls: Sequence[bytes]) -> Response:
    body = b'{"batch":[%s]}' % b",".join(calls)
    return client.post("/v1/batch", body=body, headers={"content-type": "application/json"})
