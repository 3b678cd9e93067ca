"""What arrives at Iterable, beside what another package sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
iterable = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("iterable")


def sent(host, name, count=1, mapping=None, **settings):
    peer = iterable(host)
    connection = iterable.connect(host, "iterable", **settings)
    action = connection.destination.actions[name]
    chosen = mapping or iterable.mapping(action)
    outcomes = list(
        connection.deliver(
            action, [{"messageId": "m-1", **iterable.events[name]}] * count, mapping=chosen
        )
    )
    assert {each.kind for each in outcomes} == {"delivered"}
    return peer.requests


def test_an_event_has_its_id_and_its_time(host):
    [request] = sent(host, "track_event")
    assert request.headers["Api-Key"] == module.KEY
    assert request.json()["events"] == [
        {
            "eventName": "Signed Up",
            "email": "ada@example.com",
            "userId": "u-7",
            "id": "m-1",
            "createdAt": 1793534400,
            "dataFields": {"plan": "pro"},
            "createNewFields": True,
        }
    ]


@pytest.mark.parametrize("name", ["track_purchase", "subscribe"])
def test_a_request_is_what_another_package_sends(host, name):
    [request] = sent(host, "subscribe_to_list" if name == "subscribe" else name)
    assert (request.path, request.json()) == (SDK[name]["path"], SDK[name]["data"])


def test_users_are_updated_as_another_package_does(host):
    traits = {"plan": {"@path": "$.traits.plan"}}
    mapping = {
        "email": {"@path": "$.traits.email"},
        "user_id": {"@path": "$.userId"},
        "data_fields": {"@merge": {"direction": "right", "objects": [traits]}},
    }
    [request] = sent(host, "update_user", mapping=mapping)
    sdk = SDK["update_user"]
    assert (request.path, request.json()["users"]) == (sdk["path"], sdk["data"]["users"])


def test_a_thousand_events_are_a_batch(host):
    sizes = [len(each.json()["events"]) for each in sent(host, "track_event", 1001)]
    assert sizes == [1000, 1]


def test_the_region_is_another_host(host):
    peer = iterable(host)
    host.stand_in("api.eu.iterable.com", peer)
    iterable.connect(host, "iterable", region="eu.iterable.com").test()
    assert peer.requests[0].headers["Host"] == "api.eu.iterable.com"


def test_a_user_is_deleted_by_the_id(host):
    peer = iterable(host)
    connection = iterable.connect(host, "iterable")
    forget = {"type": "delete", "userId": "u-7"}
    connection.perform(connection.destination.actions["delete"], forget)
    sdk = SDK["delete"]
    assert (peer.requests[0].method, peer.requests[0].path) == (sdk["method"], sdk["path"])


def test_a_key_that_is_none_is_told(host):
    iterable(host)
    with pytest.raises(AuthenticationError, match="Invalid API key"):
        iterable.connect(host, "iterable", api_key="other-0").test()
