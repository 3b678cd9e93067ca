"""What a host asks of an action apart from delivering events: choices, saving, audiences."""

from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    AuthenticationError,
    Choice,
    Choices,
    HookError,
    Host,
    Outcome,
    RequestOptions,
    SettingsError,
    action,
    dynamic,
    field,
    hookimpl,
    path,
)
from portcall.testing import Reply


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Member:
    channel: str = field(label="Channel", default="c1", choices=dynamic)
    owner: str = field(label="Owner", default="o1", choices=dynamic)
    email: str = field(label="Email", default=path("$.email"))


@attrs.frozen
class NewList:
    name: str = field(label="Name")


def sync_action():
    @action(title="Sync", sync_modes=("upsert", "delete"), full_sync=True)
    def sync(payload: Member, saved, sync_mode):
        return Outcome.skipped(f"{saved['list_id']} {sync_mode}")

    @sync.choices("channel")
    def channels(client, query, page):
        found = client.get("/channels", query={"q": query, "page": page or "1"}).json()
        return Choices([(each["id"], each["name"]) for each in found["items"]], found["next"])

    @sync.choices("owner")
    def owners(payload):
        return Choices([("o1", f"Ann of {payload.get('channel')}"), ("o2", "Bob")])

    @sync.on_save
    def make_list(client, payload: NewList):
        return {"list_id": client.post("/lists", json={"name": payload.name}).json()["id"]}

    @sync.create_audience
    def create(client, settings, name):
        return client.post("/audiences", json={"name": name}).json()["id"]

    @sync.get_audience
    def get(client, audience_id):
        answer = client.get(f"/audiences/{audience_id}", raise_for_status=False)
        return audience_id if answer.status == 200 else None

    return sync


@pytest.fixture
def sync():
    return sync_action()


@pytest.fixture
def connection(peer, sync):
    made = {
        "auth_fields": hookimpl(lambda: Settings),
        "allowed_hosts": hookimpl(lambda: ["{endpoint}"]),
        "extend_request": hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        "actions": hookimpl(lambda: [sync]),
    }
    with Host(allow_private=["127.0.0.1"], plugins={"acme": SimpleNamespace(**made)}) as host:
        yield host.destination("acme").connect({"endpoint": peer.url})


def test_choices_come_from_the_destination_page_by_page(connection, peer, sync):
    peer.route(
        "GET", "/channels", Reply(json={"items": [{"id": "c1", "name": "General"}], "next": "2"})
    )
    found = connection.choices(sync, "channel", "gen")
    assert found == Choices([Choice("c1", "General")], "2")
    connection.choices(sync, "channel", "gen", found.next_page)
    assert [request.query for request in peer.requests] == [
        {"q": ["gen"], "page": ["1"]},
        {"q": ["gen"], "page": ["2"]},
    ]


def test_a_list_without_search_is_looked_through_here(connection, sync):
    found = connection.choices(sync, "owner", "ann", payload={"channel": "c1"})
    assert found.items == (Choice("o1", "Ann of c1"),)


def test_choices_that_are_none_are_an_error(connection, peer, sync):
    with pytest.raises(SettingsError, match="lists no choices for 'chanel'; it does for channel"):
        connection.choices(sync, "chanel")
    with pytest.raises(SettingsError, match="lists no choices for 'email'"):
        connection.choices(sync, "email")
    peer.route("GET", "/channels", Reply(401))
    with pytest.raises(AuthenticationError):
        connection.choices(sync, "channel")
    sync.choices("channel")(lambda: ["c1"])
    with pytest.raises(HookError, match="must be Choices"):
        connection.choices(sync, "channel")


def test_what_saving_gave_is_seen_by_later_events(connection, peer, sync):
    peer.route("POST", "/lists", Reply(json={"id": 7}))
    with pytest.raises(SettingsError, match="Name is missing"):
        connection.ask(sync, "on_save")
    saved = connection.ask(sync, "on_save", payload={"name": "VIPs"})
    [outcome] = connection.deliver(sync, [{"email": "a"}], saved=saved)
    assert outcome.reason == "7 upsert"
    [outcome] = connection.deliver(sync, [{"email": "a"}], saved=saved, sync_mode="delete")
    assert outcome.reason == "7 delete"


def test_audiences_are_made_and_found(connection, peer, sync):
    peer.route("POST", "/audiences", Reply(json={"id": "a1"}))
    peer.route("GET", "/audiences/a1")
    made = connection.ask(sync, "create_audience", name="VIPs")
    assert connection.ask(sync, "get_audience", audience_id=made) == "a1"
    assert connection.ask(sync, "get_audience", audience_id="gone") is None
    assert sync.full_sync
    with pytest.raises(SettingsError, match="create_audience of action 'sync' needs name"):
        connection.ask(sync, "create_audience")
    with pytest.raises(SettingsError, match="has no on_love"):
        connection.ask(sync, "on_love")
