"""A preset by its name, wherever events are delivered, as the destination sees it."""

import json

import attrs
import pytest

from portcall import (
    HookError,
    Host,
    Preset,
    RequestOptions,
    SettingsError,
    action,
    field,
    hookimpl,
    path,
    runs,
)
from portcall.actions.mapping.compiler import compile_mapping
from portcall.testing import Reply

ORDER = {"type": "track", "event": "Order Completed", "userId": "u-7", "messageId": "m-1"}
CLICK = {"type": "track", "event": "Clicked", "userId": "u-8", "messageId": "m-2"}


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@attrs.frozen
class Note:
    user: str = field(label="User", default=path("$.userId"))
    text: str = field(label="Text", default=path("$.event"))
    channel: str = field(label="Channel", default="general")


def destination(*presets, subscribe='type = "track"'):
    @action(title="Note", subscribe=subscribe, presets=presets)
    def note(client, payload: Note):
        client.post("/notes", json=attrs.asdict(payload))

    class Acme:
        auth_fields = staticmethod(hookimpl(auth_fields))
        allowed_hosts = staticmethod(hookimpl(allowed_hosts))
        extend_request = staticmethod(hookimpl(extend_request))

        @hookimpl
        def actions(self):
            return [note]

    return Acme()


def auth_fields():
    return Settings


def allowed_hosts():
    return ["{endpoint}"]


def extend_request(settings):
    return RequestOptions(base_url=settings.endpoint)


ORDERS = Preset(
    "New orders", 'event = "Order Completed"', {"channel": "orders", "text": "A new order"}
)
BROKEN = (
    (Preset("Broken", "type = ", {}), "its filter does not parse"),
    (Preset("Broken", "", {"chanel": "x"}), "no field 'chanel'; did you mean 'channel'"),
    (Preset("Broken", "", {"text": {"@pth": "$.x"}}), "its mapping is invalid"),
    (Preset("Broken", 7, {}), "its filter must be FQL; it is of type int"),
    (Preset("Broken", "", ["text"]), "its mapping must be an object; it is of type list"),
    ({"name": "Broken"}, "a preset must be a Preset; one is of type dict"),
)


@pytest.fixture
def connected(peer):
    """Connect a destination with these presets to the peer."""
    peer.route("POST", "/notes", Reply(204))
    opened = []

    def connect(*presets, **declared):
        plugin = destination(*presets, **declared)
        opened.append(Host(allow_private=["127.0.0.1"], plugins={"acme": plugin}))
        return opened[-1].destination("acme").connect({"endpoint": peer.url})

    yield connect
    for host in opened:
        host.close()


def sent(peer):
    return [request.json() for request in peer.received("/notes")]


def test_deliver_takes_filter_and_mapping_of_the_preset(connected, peer):
    connection = connected(ORDERS)
    note = connection.destination.actions["note"]
    kinds = [each.kind for each in connection.deliver(note, [ORDER, CLICK], preset="New orders")]
    assert kinds == ["delivered", "skipped"]
    assert sent(peer) == [{"user": "u-7", "text": "A new order", "channel": "orders"}]


@pytest.mark.parametrize("compiled", [dict, compile_mapping])
def test_a_mapping_beside_it_goes_before_the_preset_field_by_field(connected, peer, compiled):
    connection = connected(ORDERS)
    note = connection.destination.actions["note"]
    given = {"mapping": compiled({"text": "Hello"}), "subscribe": ""}
    list(connection.deliver(note, [ORDER, CLICK], preset="new-orders", **given))
    assert sent(peer) == [
        {"user": "u-7", "text": "Hello", "channel": "orders"},
        {"user": "u-8", "text": "Hello", "channel": "orders"},
    ]


def test_perform_takes_a_preset(connected, peer):
    connection = connected(ORDERS)
    note = connection.destination.actions["note"]
    connection.perform(note, ORDER, preset="New orders")
    connection.perform(note, CLICK, preset="New orders", subscribe="", mapping={"user": "me"})
    assert [each["channel"] for each in sent(peer)] == ["orders", "orders"]
    assert sent(peer)[1] == {"user": "me", "text": "A new order", "channel": "orders"}


def test_a_run_takes_a_preset(connected, peer, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(f"{json.dumps(each)}\n" for each in (ORDER, CLICK)))
    connection = connected(ORDERS)
    given = {"action": "note", "input": events, "mapping": {"text": "Hello"}}
    run = runs.start(connection=connection, preset="New orders", **given)
    report = run.report
    assert (report.counts.delivered, report.counts.skipped) == (1, 1)
    assert sent(peer) == [{"user": "u-7", "text": "Hello", "channel": "orders"}]


@pytest.mark.parametrize("do", ["deliver", "perform", "start"])
def test_an_unknown_preset_is_refused_with_a_hint_and_sends_nothing(connected, peer, tmp_path, do):
    connection = connected(ORDERS)
    with pytest.raises(SettingsError, match=r"no preset 'New order'; did you mean 'New orders'\?"):
        begin(do, connection, tmp_path, preset="New order")
    assert not peer.requests


@pytest.mark.parametrize("do", ["deliver", "perform", "start"])
@pytest.mark.parametrize(("preset", "fault"), BROKEN)
def test_a_broken_preset_is_a_fault_of_its_plugin(connected, peer, tmp_path, do, preset, fault):
    connection = connected(preset)
    with pytest.raises(HookError) as caught:
        begin(do, connection, tmp_path, preset="Broken")
    said = str(caught.value)
    assert connection.destination.info.source in said
    assert "action 'note'" in said
    assert fault in said
    assert not peer.requests


def test_what_is_given_in_place_of_a_broken_filter_makes_the_preset_usable(connected, peer):
    connection = connected(Preset("Half", "type = ", {"channel": "half"}))
    note = connection.destination.actions["note"]
    connection.perform(note, ORDER, preset="Half", subscribe="")
    assert sent(peer)[0]["channel"] == "half"


@pytest.mark.parametrize("do", ["deliver", "perform", "start"])
def test_a_broken_filter_of_the_action_itself_is_a_fault_of_its_plugin(connected, tmp_path, do):
    connection = connected(subscribe="type is track")
    with pytest.raises(HookError, match="action 'note' cannot be used: its filter does not parse"):
        begin(do, connection, tmp_path)


def begin(do, connection, folder, **given):
    """Deliver an order by one of the ways."""
    if do == "start":
        events = folder / "events.ndjson"
        events.write_text(json.dumps(ORDER))
        runs.start(connection=connection, action="note", input=events, **given).wait()
    elif do == "perform":
        connection.perform(connection.destination.actions["note"], ORDER, **given)
    else:
        list(connection.deliver(connection.destination.actions["note"], [ORDER], **given))
