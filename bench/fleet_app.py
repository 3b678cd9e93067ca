"""The application of the fleet that is measured: its broker and its database come from the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import attrs
import urllib3
from celery import Celery
from fleet_parts import BROKER, DATABASE, LEASE_S

from portcall import (
    Action,
    Client,
    Host,
    Outcomes,
    RequestOptions,
    action,
    field,
    hookimpl,
    open_store,
    path,
)
from portcall_celery import PortcallCelery

SIZE: Final = 100


@attrs.frozen
class Settings:
    """Where the shop listens."""

    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Order:
    """One event, whole."""

    event: dict[str, Any] = field(label="Event", default=path("$"))


@action(title="Note an order, which may be done again", idempotent=True)
def note(client: Client, payload: Order) -> None:
    """Send one."""
    client.post("/events", json=payload.event)


@action(title="Note orders, which may be done again", idempotent=True)
def note_many(client: Client, payload: Order) -> None:
    """Send one, or 100."""
    client.post("/events", json=payload.event)


@note_many.batch(size=SIZE, size_bytes=1_000_000)
def note_all(client: Client, items: Sequence[bytes]) -> Outcomes:
    """Send 100."""
    client.post(
        "/events", body=b"[%s]" % b",".join(items), headers={"content-type": "application/json"}
    )
    return Outcomes.delivered(items)


@action(title="Charge a card, which must not be done twice")
def charge(client: Client, payload: Order) -> None:
    """Send one."""
    client.post("/events", json=payload.event)


class Shop:
    """A destination with three actions."""

    @hookimpl
    def auth_fields(self) -> type[Settings]:
        return Settings

    @hookimpl
    def allowed_hosts(self) -> list[str]:
        return ["{endpoint}"]

    @hookimpl
    def extend_request(self, settings: Settings) -> RequestOptions:
        return RequestOptions(base_url=settings.endpoint)

    @hookimpl
    def actions(self) -> list[Action]:
        return [note, note_many, charge]


def open_host() -> Host:
    """Return the host of one process."""
    url = os.environ[DATABASE]
    return Host(
        allow_private=["127.0.0.1"],
        plugins={"shop": Shop()},
        store=open_store(url),
        outbox=url,
    )


app: Final = Celery("shop", broker=os.environ[BROKER])
app.conf.broker_connection_retry_on_startup = True
fleet: Final = PortcallCelery(app, open_host, lease_s=float(os.environ.get(LEASE_S, "60")))


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=64, retries=False)


@app.task(name="plain.post", acks_late=True, reject_on_worker_lost=True, ignore_result=True)  # type: ignore[untyped-decorator]
def post(url: str, events: list[dict[str, Any]]) -> None:
    """Do the same with Celery alone: one request, and an exception where it is not taken."""
    answer = _pool().request("POST", f"{url}/events", json=events, timeout=30.0)
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}")
