"""What arrives at Mixpanel, beside what its own SDK sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
mixpanel = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("mixpanel")


def perform(connection, name, **more):
    event = {"messageId": "m-1", **mixpanel.events[name], **more}
    connection.perform(connection.destination.actions[name], event)


def test_an_event_is_imported_as_the_sdk_imports_it(host):
    peer = mixpanel(host)
    perform(mixpanel.connect(host, "mixpanel"), "track_event")
    [request] = peer.received("/import")
    [event] = request.json()
    assert event == {
        "event": "Order Completed",
        "properties": {
            "total": 30,
            "time": 1793534400250,
            "distinct_id": "u-7",
            "$insert_id": "m-1",
        },
    }
    sdk = SDK["import"]
    # The SDK writes seconds, its name, and the project's token; it sends a form that only it uses.
    theirs = {**sdk["data"]["properties"], "time": sdk["data"]["properties"]["time"] * 1000 + 250}
    assert {n: theirs[n] for n in event["properties"]} == event["properties"]
    assert sdk["data"]["event"] == event["event"]
    assert request.path == sdk["path"]
    assert request.headers["Authorization"] == sdk["authorization"]
    assert request.query == {"strict": ["1"], "project_id": sdk["query"]["project_id"]}


def test_a_profile_is_set_as_the_sdk_sets_it(host):
    peer = mixpanel(host)
    perform(mixpanel.connect(host, "mixpanel"), "set_profile")
    [request] = peer.received("/engage")
    [update] = request.json()
    sdk = SDK["people_set"]
    assert request.path == sdk["path"]
    assert {name: sdk["data"][name] for name in update} == update


def test_a_profile_is_deleted_as_the_sdk_deletes_it(host):
    peer = mixpanel(host)
    connection = mixpanel.connect(host, "mixpanel")
    event = {"type": "delete", "userId": "u-7"}
    connection.perform(connection.destination.actions["delete"], event)
    [request] = peer.received("/engage")
    [update] = request.json()
    assert {name: SDK["people_delete"]["data"][name] for name in update} == update


def test_the_project_token_alone_imports_and_tells_no_identity(host):
    peer = mixpanel(host)
    connection = mixpanel.connect(host, "mixpanel", **module.ALONE)
    assert connection.test() is None
    assert not peer.requests
    perform(connection, "track_event")
    assert "project_id" not in peer.requests[0].query


def test_the_region_is_the_host(host):
    peer = mixpanel(host)
    perform(mixpanel.connect(host, "mixpanel", region="api-eu"), "track_event")
    assert peer.requests[0].headers["Host"] == "api-eu.mixpanel.com"


def test_a_service_account_that_is_none_is_told(host):
    mixpanel(host)
    with pytest.raises(AuthenticationError):
        mixpanel.connect(host, "mixpanel", secret="other-secret").test()
