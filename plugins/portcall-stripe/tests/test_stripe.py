"""What arrives at Stripe, seen by a stand-in that verifies the credentials."""

import json
from pathlib import Path

import pytest

from portcall.testing import ApiStandIn, conformance

stripe = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("stripe")


def deliver(connection, name, *events, mapping=None, preset=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [stripe.events[name]]]
    outcomes = connection.deliver(action, given, mapping=mapping, preset=preset, subscribe="")
    return [each.kind for each in outcomes]


def test_usage_is_a_form_with_a_key_against_repeats(host):
    peer = stripe(host)
    assert deliver(stripe.connect(host, "stripe"), "report_usage") == ["delivered"]
    [request] = peer.requests
    assert request.headers["Idempotency-Key"]
    assert request.form == {
        "event_name": ["tokens"],
        "identifier": ["m-1"],
        "timestamp": ["1777636800"],
        "payload[stripe_customer_id]": ["cus_NffrFeUfNV2Hib"],
        "payload[value]": ["1"],
    }


def test_customers_are_made_and_changed(host):
    peer = stripe(host)
    connection = stripe.connect(host, "stripe", account="acct_1")
    assert deliver(connection, "create_customer") == deliver(connection, "update_customer")
    made, changed = peer.requests
    assert made.form == changed.form
    assert made.form["metadata[user_id]"] == ["u-7"]
    assert "phone" not in made.form
    assert made.headers["Stripe-Account"] == "acct_1"


def test_the_identity_is_the_account_and_meters_can_be_chosen(host):
    stripe(host)
    connection = stripe.connect(host, "stripe")
    assert connection.test() == "acct_1032D82eZvKYlo2C"
    action = connection.destination.actions["report_usage"]
    assert [item.value for item in connection.choices(action, "event_name").items] == ["tokens"]


@pytest.mark.parametrize(
    ("name", "theirs"), [("report_usage", "usage"), ("create_customer", "customer")]
)
def test_forms_are_those_of_the_sdk(host, name, theirs):
    peer = stripe(host)
    deliver(stripe.connect(host, "stripe"), name)
    request, sdk = peer.requests[-1], SDK[theirs]
    assert (request.path, request.form) == (sdk["path"], sdk["data"])
    assert request.headers["Authorization"] == sdk["authorization"]
