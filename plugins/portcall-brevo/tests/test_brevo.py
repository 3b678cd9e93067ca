"""What arrives at Brevo, beside what its own SDK sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
brevo = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("brevo")


def delivered(host, name, count=1, **settings):
    peer = brevo(host)
    connection = brevo.connect(host, "brevo", **settings)
    action = connection.destination.actions[name]
    events = [brevo.events[name]] * count
    outcomes = list(connection.deliver(action, events, mapping=brevo.mapping(action)))
    assert {each.kind for each in outcomes} == {"delivered"}
    return peer.requests


@pytest.mark.parametrize("action", ["track_event", "upsert_contact", "add_to_list", "send_email"])
def test_a_request_is_what_the_sdk_sends(host, action):
    [request] = delivered(host, action)
    sdk = SDK[action]
    assert (request.method, request.path) == (sdk["method"], f"/v3{sdk['path']}")
    assert request.headers["api-key"] == sdk["headers"]["api-key"]
    assert request.json() == sdk["data"]


def test_two_hundred_events_are_a_batch(host):
    sizes = [len(each.json()["events"]) for each in delivered(host, "track_event", 201)]
    assert sizes == [200, 1]


def test_an_app_signs_in_with_its_own_credentials(host):
    token, event = delivered(host, "track_event", method="client_credentials")
    assert token.path == "/realms/partner/oauth/token"
    assert event.headers["Authorization"] == f"Bearer {module.TOKEN}"


def test_a_contact_is_deleted_by_its_external_id(host):
    peer = brevo(host)
    connection = brevo.connect(host, "brevo")
    forget = {"type": "delete", "userId": "u-7"}
    connection.perform(connection.destination.actions["delete"], forget)
    sdk = SDK["delete"]
    assert (peer.requests[0].method, peer.requests[0].path) == (sdk["method"], f"/v3{sdk['path']}")
    assert dict(peer.requests[0].query) == sdk["query"]


def test_lists_and_templates_can_be_chosen(host):
    brevo(host)
    connection = brevo.connect(host, "brevo")
    actions = connection.destination.actions
    assert connection.test() == "Acme"
    assert [each.value for each in connection.choices(actions["add_to_list"], "list").items] == [7]
    [template] = connection.choices(actions["send_email"], "template").items
    assert (template.value, template.label) == (3, "Welcome")


def test_a_key_that_is_none_is_told(host):
    brevo(host)
    with pytest.raises(AuthenticationError, match="Key not found"):
        brevo.connect(host, "brevo", api_key="xkeysib-other").test()
