"""InfluxDB: line protocol over the write endpoints of versions 1, 2 and 3.

In code, because points are lines of a text format with rules of its own for quoting.

https://docs.influxdata.com/influxdb/v1/tools/api/
https://docs.influxdata.com/influxdb/v2/api/v2/
https://docs.influxdata.com/influxdb3/core/write-data/http-api/v3-write-lp/
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portcall import (
    Action,
    AuthenticationError,
    Client,
    Outcomes,
    Preset,
    RequestOptions,
    Response,
    action,
    hookimpl,
    path,
)
from portcall_influxdb.points import Count, Point
from portcall_influxdb.settings import Settings


@hookimpl
def auth_fields() -> type[Settings]:
    return Settings


@hookimpl
def allowed_hosts() -> list[str]:
    return ["{endpoint}"]


@hookimpl
def extend_request(settings: Settings) -> RequestOptions:
    base_url = settings.endpoint.rstrip("/")
    if settings.method == "v1":
        return RequestOptions(
            base_url=base_url, username=settings.username or "", password=settings.password
        )
    word = "Token" if settings.method == "v2" else "Bearer"
    token = settings.token if settings.method == "v2" else settings.v3_token
    return RequestOptions(base_url=base_url, headers={"Authorization": f"{word} {token}"})


@hookimpl
def test_authentication(client: Client, settings: Settings) -> str:
    """Ask for what the credentials may see: the database, the bucket, or the server's version."""
    if settings.method == "v3":
        return f"InfluxDB {_found(client.get('/ping'), 'version')}"
    if settings.method == "v2":
        asked = {"org": settings.org or "", "name": settings.bucket or ""}
        found = _found(client.get("/api/v2/buckets", query=asked), "buckets")
        names = [bucket["name"] for bucket in found or ()]
        wanted = settings.bucket
    else:
        [result] = _found(client.get("/query", query={"q": "SHOW DATABASES"}), "results") or [{}]
        names = [row[0] for series in result.get("series", ()) for row in series.get("values", ())]
        wanted = settings.database
    if wanted not in names:
        raise AuthenticationError(f"these credentials cannot see anything named {wanted!r} there")
    return f"{wanted}"


@action(
    title="Write a point",
    subscribe='type = "track"',
    idempotent=True,
    presets=[
        Preset(
            "Orders",
            'type = "track" and event = "Order Completed"',
            {
                "measurement": "orders",
                "tags": {"currency": path("$.properties.currency")},
                "fields": {"total": path("$.properties.total")},
            },
        )
    ],
)
def write_point(client: Client, payload: Point, settings: Settings) -> None:
    """Write a point; one of the same measurement, tags and time takes its place."""
    _write(client, settings, [payload])


@write_point.batch(size=5_000, size_bytes=10_000_000, to_json=Point.line)
def write_points(client: Client, payloads: Sequence[Point], settings: Settings) -> Outcomes:
    """Write up to 5,000 points, as InfluxData advises."""
    _write(client, settings, payloads)
    return Outcomes.delivered(payloads)


@action(title="Count an event", subscribe='type = "track"', idempotent=True)
def count_event(client: Client, payload: Count, settings: Settings) -> None:
    """Write a point of the measurement, with the event as a tag and 1 as its value."""
    _write(client, settings, [payload.point()])


@count_event.batch(size=5_000, size_bytes=10_000_000, to_json=Count.line)
def count_events(client: Client, payloads: Sequence[Count], settings: Settings) -> Outcomes:
    """Do the same for up to 5,000 events."""
    _write(client, settings, [payload.point() for payload in payloads])
    return Outcomes.delivered(payloads)


@hookimpl
def actions() -> list[Action]:
    return [write_point, count_event]


def _found(response: Response, name: str) -> Any:
    said = response.json()
    return said.get(name) if isinstance(said, dict) else None


def _write(client: Client, settings: Settings, points: Sequence[Point]) -> None:
    client.post(
        settings.write_path,
        query=settings.write_query,
        body="\n".join(point.line() for point in points),
        headers={"content-type": "text/plain; charset=utf-8"},
    )
