"""What arrives at Amplitude, beside what its own SDK sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import Reply, conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
amplitude = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("amplitude")


@pytest.mark.parametrize(
    ("action", "call"),
    [("log_event", "track"), ("identify_user", "identify"), ("identify_group", "group")],
)
def test_an_event_is_what_the_sdk_sends(host, action, call):
    peer = amplitude(host)
    connection = amplitude.connect(host, "amplitude")
    event = {"messageId": "m-1", **amplitude.events[action]}
    connection.perform(connection.destination.actions[action], event)
    [request] = peer.requests
    sdk = SDK[call]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    [ours], [theirs] = request.json()["events"], sdk["data"]["events"]
    # The SDK names itself, makes up the insert ID of what it calls identify, and the time of it.
    own = {"library"} if call == "track" else {"library", "insert_id", "time"}
    assert {n: v for n, v in ours.items() if n not in own} == {
        n: v for n, v in theirs.items() if n not in own
    }
    assert ours["insert_id"] == "m-1"
    assert request.json()["api_key"] == sdk["data"]["api_key"]


def test_events_at_fault_are_left_out_and_the_others_sent_again(host):
    peer = amplitude(host)
    refusal = Reply(400, json={"code": 400, "events_with_invalid_fields": {"time": [1]}})
    amplitude.route(peer, module.LOG, refusal, Reply(json={"code": 200}))
    connection = amplitude.connect(host, "amplitude")
    events = [{"messageId": f"m-{n}", **amplitude.events["log_event"]} for n in range(3)]
    outcomes = list(connection.deliver(connection.destination.actions["log_event"], events))
    assert [outcome.kind for outcome in outcomes] == ["delivered", "rejected", "delivered"]
    again = peer.requests[1].json()["events"]
    assert [event["insert_id"] for event in again] == ["m-0", "m-2"]


def test_the_secret_key_goes_to_the_dashboard_alone(host):
    peer = amplitude(host)
    connection = amplitude.connect(host, "amplitude", region="eu")
    connection.test()
    event = {"messageId": "m-1", **amplitude.events["log_event"]}
    connection.perform(connection.destination.actions["log_event"], event)
    test, log = peer.requests
    assert test.headers["Host"] == "analytics.eu.amplitude.com"
    assert test.headers["Authorization"] == module.BASIC
    assert log.headers["Host"] == "api.eu.amplitude.com"
    assert "Authorization" not in log.headers


def test_keys_that_are_none_are_told(host):
    amplitude(host)
    with pytest.raises(AuthenticationError):
        amplitude.connect(host, "amplitude", secret_key="other").test()
