"""What arrives at Customer.io, beside what its own SDK sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
customerio = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("customerio")


def deliver(connection, name, *events):
    return list(connection.deliver(connection.destination.actions[name], events))


@pytest.mark.parametrize("action", ["track_event", "identify_person"])
def test_a_batch_is_what_the_sdk_sends(host, action):
    peer = customerio(host)
    deliver(customerio.connect(host, "customerio"), action, customerio.events[action])
    [request] = peer.requests
    sdk = SDK[action]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    assert request.headers["Authorization"] == sdk["authorization"]
    assert request.json() == sdk["data"]


def test_a_batch_stays_below_500_kilobytes_and_an_event_below_32(host):
    peer = customerio(host)
    connection = customerio.connect(host, "customerio")
    event = {**customerio.events["track_event"], "properties": {"text": "x" * 31_000}}
    outcomes = deliver(connection, "track_event", *[event] * 20)
    assert {outcome.kind for outcome in outcomes} == {"delivered"}
    assert max(len(request.body) for request in peer.requests) < 500_000
    large = {**event, "properties": {"text": "x" * 32_001}}
    [outcome] = deliver(connection, "track_event", large)
    assert outcome.kind == "rejected"


def test_the_region_is_the_host(host):
    peer = customerio(host)
    connection = customerio.connect(host, "customerio", region="track-eu")
    assert connection.test() == "176354"
    assert peer.requests[0].headers["Host"] == "track-eu.customer.io"


def test_a_person_is_deleted(host):
    peer = customerio(host)
    deliver(customerio.connect(host, "customerio"), "delete", {"type": "delete", "userId": "u-7"})
    assert peer.requests[0].json() == {
        "type": "person",
        "action": "delete",
        "identifiers": {"id": "u-7"},
    }


def test_keys_that_are_none_are_told(host):
    customerio(host)
    with pytest.raises(AuthenticationError):
        customerio.connect(host, "customerio", api_key="other").test()
