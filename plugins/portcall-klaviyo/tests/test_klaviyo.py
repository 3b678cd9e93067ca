"""What arrives at Klaviyo, beside what its own SDK sends."""

import json
from pathlib import Path

import pytest

from portcall.plugins.files import load_python_file
from portcall.testing import Reply, conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
klaviyo = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("klaviyo")


def plain(node):
    """Return what the SDK sent, without a flag that it writes although it is off."""
    if isinstance(node, dict):
        return {name: plain(each) for name, each in node.items() if name != "backfill"}
    return [plain(each) for each in node] if isinstance(node, list) else node


def perform(connection, name, event=None):
    action = connection.destination.actions[name]
    event = {"messageId": "m-1", **(event or klaviyo.events[name])}
    list(connection.deliver(action, [event], mapping=klaviyo.mapping(action)))


@pytest.mark.parametrize(
    ("action", "call"),
    [("track_event", "bulk_create_events"), ("import_profile", "create_or_update_profile"),
     ("add_to_list", "bulk_import_profiles")],
)  # fmt: skip
def test_a_request_is_what_the_sdk_sends(host, action, call):
    peer = klaviyo(host)
    connection = klaviyo.connect(host, "klaviyo")
    if call == "create_or_update_profile":  # of one profile
        connection.perform(connection.destination.actions[action], klaviyo.events[action])
    else:
        perform(connection, action)
    [request] = peer.requests
    sdk = SDK[call]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    assert request.headers["revision"] == sdk["headers"]["revision"]
    assert request.headers["Authorization"] == sdk["authorization"]
    assert request.json() == plain(sdk["data"])


def test_a_person_is_forgotten_as_the_sdk_asks_for_it(host):
    peer = klaviyo(host)
    event = {"type": "delete", "userId": "ada@example.com"}
    perform(klaviyo.connect(host, "klaviyo"), "delete", event)
    [request] = peer.requests
    sdk = SDK["request_profile_deletion"]
    assert (request.path, request.json()) == (sdk["path"], sdk["data"])


def test_lists_are_read_page_by_page(host):
    peer = klaviyo(host)
    following = "https://a.klaviyo.com/api/lists?page%5Bcursor%5D=bmV4dA"
    pages = [
        Reply(
            json={
                "data": [{"id": "L1", "attributes": {"name": "One"}}],
                "links": {"next": following},
            }
        ),
        Reply(
            json={"data": [{"id": "L2", "attributes": {"name": "Two"}}], "links": {"next": None}}
        ),
    ]
    klaviyo.route(peer, "GET /api/lists", *pages)
    connection = klaviyo.connect(host, "klaviyo")
    action = connection.destination.actions["add_to_list"]
    first = connection.choices(action, "list")
    second = connection.choices(action, "list", page=first.next_page)
    assert [(e.value, e.label) for e in (*first.items, *second.items)] == [
        ("L1", "One"),
        ("L2", "Two"),
    ]
    assert peer.requests[1].query == {"page[cursor]": ["bmV4dA"]}
    assert second.next_page is None


def test_the_identity_is_the_organization(host):
    klaviyo(host)
    assert klaviyo.connect(host, "klaviyo").test() == "Acme Tea"
    assert klaviyo.connect(host, "klaviyo", method="oauth").test() == "Acme Tea"
