"""What arrives at Braze, as its documentation shows it."""

from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

module = load_python_file(Path(__file__).with_name("stand_in.py"))
braze = module.stand_in

test_conformance = conformance("braze")


def deliver(connection, name, *events, **options):
    return list(connection.deliver(connection.destination.actions[name], events, **options))


def test_an_event_has_its_user_its_time_and_its_app(host):
    peer = braze(host)
    connection = braze.connect(host, "braze", app_id="app-1a2b")
    deliver(connection, "track_event", braze.events["track_event"])
    assert peer.requests[0].json() == {
        "events": [
            {
                "external_id": "u-7",
                "app_id": "app-1a2b",
                "name": "Order Completed",
                "time": "2026-11-01T12:00:00+00:00",
                "properties": {"total": 30},
            }
        ]
    }


def test_a_purchase_has_its_price_and_no_app_where_none_is_set(host):
    peer = braze(host)
    deliver(braze.connect(host, "braze"), "track_purchase", braze.events["track_purchase"])
    assert peer.requests[0].json()["purchases"] == [
        {
            "external_id": "u-7",
            "product_id": "p-1",
            "currency": "EUR",
            "price": 12.5,
            "quantity": 2,
            "time": "2026-11-01T12:00:00+00:00",
        }
    ]


def test_custom_attributes_stand_beside_the_standard_ones(host):
    peer = braze(host)
    deliver(braze.connect(host, "braze"), "update_user", braze.events["update_user"])
    assert peer.requests[0].json()["attributes"] == [
        {"plan": "pro", "external_id": "u-7", "email": "ada@example.com", "first_name": "Ada"}
    ]


def test_a_request_holds_75_events(host):
    peer = braze(host)
    deliver(braze.connect(host, "braze"), "track_event", *[braze.events["track_event"]] * 170)
    sizes = [len(request.json()["events"]) for request in peer.requests]
    assert sorted(sizes) == [20, 75, 75]


def test_the_instance_is_the_host(host):
    peer = braze(host)
    braze.connect(host, "braze", instance="fra-01.braze.eu").test()
    assert peer.requests[0].headers["Host"] == "rest.fra-01.braze.eu"


def test_a_user_is_deleted(host):
    peer = braze(host)
    deliver(braze.connect(host, "braze"), "delete", {"type": "delete", "userId": "u-7"})
    [request] = peer.received("/users/delete")
    assert request.json() == {"external_ids": ["u-7"]}


def test_a_key_that_is_none_is_told(host):
    braze(host)
    with pytest.raises(AuthenticationError, match="Invalid API Key"):
        braze.connect(host, "braze", api_key="other-key").test()
