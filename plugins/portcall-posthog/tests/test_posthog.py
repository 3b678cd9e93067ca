"""What arrives at PostHog, beside what its own SDK sends."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
posthog = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))
LIBRARY = ("$lib", "$is_server", "$geoip_disable")

test_conformance = conformance("posthog")


def sent(host, action):
    peer = posthog(host)
    connection = posthog.connect(host, "posthog")
    event = {"messageId": "m-1", **posthog.events[action]}
    connection.perform(connection.destination.actions[action], event)
    [request] = peer.requests
    return request


@pytest.mark.parametrize(
    ("action", "call"), [("capture_event", "capture"), ("identify_group", "group")]
)
def test_an_event_is_what_the_sdk_sends(host, action, call):
    request, sdk = sent(host, action), SDK[call]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    [ours], [theirs] = request.json()["batch"], sdk["data"]["batch"]
    assert (ours["event"], ours["distinct_id"]) == (theirs["event"], theirs["distinct_id"])
    if call == "capture":
        assert datetime.fromisoformat(ours["timestamp"]) == datetime.fromisoformat(
            theirs["timestamp"]
        )
    assert ours["properties"] == {
        name: value for name, value in theirs["properties"].items() if not name.startswith(LIBRARY)
    }
    assert request.json()["api_key"] == sdk["data"]["api_key"]


def test_the_properties_of_a_person_stand_where_the_sdk_puts_them(host):
    request = sent(host, "identify_person")
    [ours], [theirs] = request.json()["batch"], SDK["set"]["data"]["batch"]
    # The SDK sends $set, as an event of that name has it; $identify joins the anonymous events, too.
    assert ours["properties"]["$set"] == {**theirs["properties"], **theirs}["$set"]
    assert (ours["event"], ours["properties"]["$anon_distinct_id"]) == ("$identify", "a-1")


def test_the_host_is_the_region(host):
    peer = posthog(host)
    connection = posthog.connect(host, "posthog", host="https://eu.i.posthog.com")
    connection.test()
    [request] = peer.requests
    assert request.headers["Host"] == "eu.i.posthog.com"


def test_a_token_that_is_none_is_told(host):
    posthog(host)
    with pytest.raises(AuthenticationError, match="Project API key invalid"):
        posthog.connect(host, "posthog", project_api_key="phc_other").test()
