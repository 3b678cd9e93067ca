"""What arrives at Meta, seen by a stand-in that verifies the credentials."""

import json
from hashlib import sha256
from pathlib import Path

from portcall.testing import ApiStandIn, conformance

meta = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("meta-conversions")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [meta.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def hashed(text):
    return sha256(text.encode()).hexdigest()


def test_an_order_is_a_purchase_whose_customer_is_hashed(host):
    peer = meta(host)
    connection = meta.connect(host, "meta-conversions", test_event_code="TEST1")
    assert deliver(connection, "send_event", preset="Purchases") == ["delivered"]
    assert peer.requests[0].json() == {
        "test_event_code": "TEST1",
        "data": [
            {
                "event_name": "Purchase",
                "event_time": 1777636800,
                "event_id": "m-1",
                "action_source": "website",
                "event_source_url": "https://shop.example/thanks",
                "user_data": {
                    "em": hashed("ada@example.com"),
                    "ph": hashed("442079460958"),
                    "fn": hashed("ada"),
                    "ln": hashed("lovelace"),
                    "external_id": hashed("u-7"),
                    "client_ip_address": "203.0.113.7",
                    "client_user_agent": "Mozilla/5.0",
                },
                "custom_data": {
                    "value": 41.5,
                    "currency": "EUR",
                    "order_id": "o-1",
                    "contents": [{"id": "p-1", "quantity": 2, "item_price": 20.75}],
                },
            }
        ],
    }


def test_no_personal_data_leaves_in_clear(host):
    peer = meta(host)
    deliver(meta.connect(host, "meta-conversions"), "send_event")
    assert b"xample.com" not in peer.requests[0].body
    assert b"7946" not in peer.requests[0].body


def test_the_identity_is_the_user_of_the_token(host):
    meta(host)
    assert meta.connect(host, "meta-conversions").test() == "Conversions API System User"


def test_a_purchase_is_that_of_the_sdk(host):
    peer = meta(host)
    deliver(meta.connect(host, "meta-conversions"), "send_event", preset="Purchases")
    [ours] = peer.requests[0].json()["data"]
    theirs = json.loads(SDK["purchase"]["data"][0])
    # The SDK gives lists of hashes and a currency in lower case; it was given no external ID.
    user = {
        n: [each] if n in {"em", "ph", "fn", "ln"} else each
        for n, each in ours["user_data"].items()
    }
    del user["external_id"]
    ours["custom_data"]["currency"] = "eur"
    assert {**ours, "user_data": user} == theirs
