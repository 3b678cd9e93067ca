"""A destination with all that a subscription can ask of an action."""

from types import SimpleNamespace

import attrs

from portcall import (
    Outcomes,
    Preset,
    RequestOptions,
    Secret,
    action,
    field,
    hookimpl,
    path,
    template,
)

KEY = "key-5tr0ng!"


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    api_key: Secret = field(label="API key")


@attrs.frozen
class Order:
    user_id: str = field(label="User ID", default=path("$.userId"))
    text: str = field(label="Text", default=template("{{event}}: {{properties.total}}"))
    total: float | None = field(label="Total", default=path("$.properties.total"))
    channel: str = field(label="Channel", default="general")
    pin: Secret | None = field(label="PIN", default=path("$.properties.pin"))


@attrs.frozen
class Member:
    email: str = field(label="Email", format="email", default=path("$.traits.email"))
    list_id: str = field(label="List", default=path("$.properties.list"))


@action(
    title="Track an event",
    subscribe='type = "track"',
    presets=[
        Preset("Orders", 'type = "track" and event = "Order Completed"', {"channel": "orders"})
    ],
    sync_modes=("upsert", "delete"),
)
def track_event(client, payload: Order, settings, sync_mode):
    print("hello from an action")  # noqa: T201  # as plugins do
    pin = payload.pin and payload.pin.reveal()
    body = {"user": payload.user_id, "text": payload.text, "pin": pin, "channel": payload.channel}
    body["signed"] = settings.api_key
    client.post(f"/events/{sync_mode}", json=body)


@action(title="Add a member", subscribe='type = "identify"')
def add_member(client, payload: Member):
    client.post("/member", json={"email": payload.email})


@add_member.batch(size=3, keys=["list_id"])
def add_members(client, payloads):
    emails = [payload.email for payload in payloads]
    answer = client.post(f"/lists/{payloads[0].list_id}", json=emails).json()
    return Outcomes.delivered(answer["added"])


@action(title="Look up, then add")
def look_up(client, payload: Order):
    found = client.get("/people", query={"id": payload.user_id}).json()["people"][0]
    client.post("/people", json=found)


@action(title="Follow all pages")
def follow(client, payload: Order):
    while not client.get("/pages").json().get("last"):
        pass


@action(title="Leave")
def leave(client, payload: Order):
    client.get("/here")
    client.post("https://elsewhere.example/", json={})


@action(title="Do nothing")
def idle(client, payload: Order):
    return None


ACTIONS = (track_event, add_member, look_up, follow, leave, idle)

_HOOKS = {
    "auth_fields": lambda: Settings,
    "allowed_hosts": lambda: ["{endpoint}"],
    "extend_request": lambda settings: RequestOptions(
        base_url=settings.endpoint, headers={"X-Api-Key": settings.api_key}
    ),
    "actions": lambda: ACTIONS,
}
PLUGIN = SimpleNamespace(**{name: hookimpl(hook) for name, hook in _HOOKS.items()})
