"""Acme: an API key, and tickets."""

import attrs

from portcall import (
    Choice,
    Choices,
    Preset,
    RequestOptions,
    Secret,
    action,
    dynamic,
    field,
    hookimpl,
    path,
    template,
)


@attrs.frozen
class Settings:
    """How to sign in."""

    endpoint: str = field(
        label="Endpoint",
        description="Where your Acme is.",
        format="uri",
        placeholder="https://acme.example",
    )
    flow: str = field(
        label="Sign in with", choices=[("key", "An API key"), ("app", "An app")], default="key"
    )
    api_key: Secret | None = field(
        label="API key",
        description="Settings > Developers.",
        depends_on={"flow": "key"},
        required={"flow": "key"},
    )
    app_id: str | None = field(label="App ID", depends_on={"flow": "app"})


@attrs.frozen
class Ticket:
    """One ticket."""

    title: str = field(label="Title", default=path("$.event"))
    queue: str | None = field(label="Queue", description="Which people see it.", choices=dynamic)
    body: str = field(label="Body", default=template("{{properties.order_id}} of {{userId}}"))
    pin: Secret | None = field(label="PIN", default=path("$.properties.pin"))


@hookimpl
def auth_fields():
    return Settings


@hookimpl
def allowed_hosts():
    return ["{endpoint}"]


@hookimpl
def extend_request(settings):
    headers = {"Authorization": f"Bearer {settings.api_key}"}
    return RequestOptions(base_url=settings.endpoint, headers=headers)


@hookimpl
def test_authentication(client):
    return client.get("/me").json()["name"]


ORDERS = Preset("Orders", 'event = "Order Completed"')


@action(title="Open a ticket", subscribe='type = "track"', presets=[ORDERS])
def open_ticket(client, payload: Ticket):
    """Open a ticket for each event."""
    client.post("/tickets", json=attrs.asdict(payload))


@open_ticket.choices("queue")
def queues():
    """List the queues."""
    return Choices([Choice("q-1", "Support"), Choice("q-2", "Sales <b>north</b>")])


@hookimpl
def actions():
    return [open_ticket]
