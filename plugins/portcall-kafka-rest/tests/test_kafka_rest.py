"""What arrives at the REST Proxy, seen by a stand-in that verifies the credentials."""

import json
from base64 import b64decode
from pathlib import Path

from portcall.testing import ApiStandIn, Reply, conformance

kafka = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
ENDPOINT = "https://kafka-rest.acme.example:8082"

SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("kafka-rest")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [kafka.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_records_of_one_topic_go_together_with_their_keys(host):
    peer = kafka(host)
    events = [kafka.events["produce"], {"type": "page", "anonymousId": "a-7"}]
    assert deliver(kafka.connect(host, "kafka-rest"), "produce", *events) == ["delivered"] * 2
    [request] = peer.requests
    assert request.headers["Content-Type"] == "application/vnd.kafka.json.v2+json"
    assert request.headers["Accept"] == "application/vnd.kafka.v2+json"
    first, second = request.json()["records"]
    assert first == {"key": "u-7", "value": {"messageId": "m-1", **events[0]}}
    assert second["key"] == "a-7"


def test_a_tombstone_has_a_key_and_no_value(host):
    peer = kafka(host)
    deliver(kafka.connect(host, "kafka-rest"), "delete_key")
    assert peer.requests[0].json() == {"records": [{"key": "u-7"}]}


def test_topics_can_be_chosen_also_without_credentials(host):
    kafka(host).route("GET", "/topics", Reply(json=["events"]))
    connection = kafka.connect(host, "kafka-rest", method="none", endpoint=ENDPOINT)
    action = connection.destination.actions["produce"]
    assert [item.value for item in connection.choices(action, "topic").items] == ["events"]


def test_a_record_and_the_list_of_topics_are_those_of_confluents_own_package(host):
    peer = kafka(host)
    connection = kafka.connect(host, "kafka-rest")
    deliver(connection, "produce")
    connection.test()
    (produced, topics), sdk = peer.requests, SDK["record"]
    assert (produced.method, produced.path) == (sdk["method"], sdk["path"])
    # The package speaks the first version, in which keys and values are bytes in base64.
    [ours], [theirs] = produced.json()["records"], sdk["data"]["records"]
    assert ours["key"] == b64decode(theirs["key"]).decode()
    assert isinstance(json.loads(b64decode(theirs["value"])), type(ours["value"]))
    assert {*ours} == {name for name, each in theirs.items() if each is not None}
    assert (topics.method, topics.path) == (SDK["topics"]["method"], SDK["topics"]["path"])
