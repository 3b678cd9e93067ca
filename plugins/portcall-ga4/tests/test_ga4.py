"""What arrives at the Measurement Protocol, beside what a program of Google's sends."""

import json
from pathlib import Path

import pytest

from portcall import ResponseError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

module = load_python_file(Path(__file__).with_name("stand_in.py"))
ga4 = module.stand_in

SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("ga4")


def deliver(connection, name, *events, **options):
    return list(connection.deliver(connection.destination.actions[name], events, **options))


def test_an_event_of_a_website_has_its_client_and_its_time(host):
    peer = ga4(host)
    connection = ga4.connect(host, "ga4")
    deliver(connection, "send_event", {**module.ORDER, "userId": "u-7"})
    [request] = peer.requests
    assert request.path == "/mp/collect"
    assert request.query == {
        "measurement_id": ["G-1A2B3C4D5E"],
        "api_secret": ["sEcReT-1a2b3c4d"],
    }
    assert request.json() == {
        "client_id": "394033.1736",
        "user_id": "u-7",
        "consent": {},
        "events": [
            {
                "name": "Order_Completed",
                "timestamp_micros": 1793534400000000,
                "params": {"total": 30, "engagement_time_msec": 1},
            }
        ],
    }


def test_a_purchase_has_the_names_that_google_gives_it(host):
    peer = ga4(host)
    product = {"product_id": "p-1", "name": "Tea", "price": 10, "quantity": 3}
    properties = {"order_id": "o-1", "total": 30, "currency": "EUR", "products": [product]}
    event = {**module.ORDER, "properties": properties}
    deliver(ga4.connect(host, "ga4"), "send_event", event, preset="Purchases")
    [sent] = peer.requests[0].json()["events"]
    assert sent["name"] == "purchase"
    assert sent["params"] == {
        "transaction_id": "o-1",
        "value": 30,
        "currency": "EUR",
        "items": [{"item_id": "p-1", "item_name": "Tea", "price": 10, "quantity": 3}],
        "engagement_time_msec": 1,
    }


def test_a_request_holds_25_events_of_one_client(host):
    peer = ga4(host)
    events = [{**module.ORDER, "anonymousId": f"c-{n % 2}"} for n in range(60)]
    deliver(ga4.connect(host, "ga4"), "send_event", *events)
    bodies = [request.json() for request in peer.requests]
    assert sorted((each["client_id"], len(each["events"])) for each in bodies) == [
        ("c-0", 5), ("c-0", 25), ("c-1", 5), ("c-1", 25),
    ]  # fmt: skip


def test_an_event_of_an_app_has_its_installation(host):
    peer = ga4(host)
    connection = ga4.connect(host, "ga4", **module.APP)
    deliver(connection, "send_app_event", module.ORDER)
    [request] = peer.requests
    assert request.query["firebase_app_id"] == ["1:1234567890:android:1a2b3c4d"]
    assert request.json()["app_instance_id"] == "0123456789abcdef0123456789abcdef"


def test_the_connection_is_tested_by_the_validation_server(host):
    peer = ga4(host)
    connection = ga4.connect(host, "ga4", region="region1")
    assert connection.test() is None
    [request] = peer.requests
    assert (request.path, request.headers["Host"]) == (
        "/debug/mp/collect", "region1.google-analytics.com",
    )  # fmt: skip
    ga4.route(peer, module.CHECK, module.found("VALUE_INVALID", "Measurement ID is invalid."))
    with pytest.raises(ResponseError, match="Measurement ID is invalid"):
        connection.test()


def test_an_event_is_one_that_google_sends_itself(host):
    peer = ga4(host)
    properties = {"total": 30, "session_id": "6322184560577365"}
    event = {**module.ORDER, "event": "order_completed", "properties": properties}
    deliver(ga4.connect(host, "ga4"), "send_event", event)
    [request], sdk = peer.requests, SDK["event"]
    ours, theirs = request.json(), sdk["data"]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    assert sorted(request.query) == sdk["query"]
    [event], [recorded] = ours.pop("events"), theirs.pop("events")
    assert event["name"] == recorded["name"]
    assert {*event["params"]} == {*recorded["params"]}
    # Google's program has one time for all events of a request, and says nothing of consent.
    assert {*ours} - {*theirs} == {"consent"}
