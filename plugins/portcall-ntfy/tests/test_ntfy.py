"""What arrives at ntfy, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

ntfy = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))
TOKEN, PASSWORD = ntfy.settings.values()

test_conformance = conformance("ntfy")


def publish(connection):
    connection.perform(connection.destination.actions["publish"], ntfy.events["publish"])


def test_a_notification_is_json_to_the_root_of_the_server(host):
    peer = ntfy(host)
    publish(ntfy.connect(host, "ntfy"))
    [request] = peer.requests
    assert request.headers["Authorization"] == f"Bearer {TOKEN['token']}"
    assert request.json() == {
        "topic": "orders",
        "message": "Order Completed by u-7",
        "tags": ["tada"],
        "priority": 4,
    }


def test_a_visitor_without_an_account_sends_no_credentials(host):
    peer = ntfy(host)
    publish(ntfy.connect(host, "ntfy", method="none"))
    assert "Authorization" not in peer.requests[0].headers


def test_a_server_of_ones_own_is_the_only_place_that_it_talks_to(host):
    peer = ntfy(host)
    host.stand_in("push.acme.example", peer)
    publish(ntfy.connect(host, "ntfy", endpoint="https://push.acme.example"))
    assert peer.requests[0].headers["Host"] == "push.acme.example"


def test_a_notification_is_what_the_sdk_publishes(host):
    peer = ntfy(host)
    connection = ntfy.connect(host, "ntfy")
    action = connection.destination.actions["publish"]
    mapping = {"topic": "orders", "title": "Order Completed", "message": "Thank you"}
    connection.perform(action, ntfy.events["publish"], mapping=mapping)
    [request], sdk = peer.requests, SDK["publish"]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    assert request.headers["Authorization"] == sdk["authorization"]
    assert request.json() == sdk["data"]
