"""A destination with one action of each kind that an outbox tells apart."""

import attrs

from portcall import Outcomes, RequestOptions, Secret, action, field, hookimpl, path


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    key: Secret = field(label="Key", default="k3y-s3cret")


@attrs.frozen
class Named:
    name: str = field(label="Name", default=path("$.event"))


@action(title="Track", subscribe='type = "track"', idempotent=True)
def track(client, payload: Named):
    client.post("/track", json=[payload.name])


@track.batch(size=5)
def track_many(client, payloads):
    client.post("/track", json=[each.name for each in payloads])
    return Outcomes.delivered(payloads)


@action(title="Send one", subscribe='type = "track"')
def one(client, payload: Named):
    client.post("/track", json=[payload.name])


@action(title="Put", subscribe='type = "track"', idempotent=True)
def put(client, payload: Named):
    client.post("/track", json=[payload.name])


@action(title="Pay", subscribe='type = "track"')
def pay(client, payload: Named, idempotency_key):
    client.post("/track", json=[payload.name], headers={"Idempotency-Key": idempotency_key})


@hookimpl
def auth_fields():
    return Settings


@hookimpl
def allowed_hosts():
    return ["{endpoint}"]


@hookimpl
def extend_request(settings: Settings):
    return RequestOptions(base_url=settings.endpoint, headers={"X-Key": settings.key})


@hookimpl
def actions():
    return [track, one, put, pay]
