"""What arrives at Plausible, beside what its own tracker sends."""

import json
from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.plugins.files import load_python_file
from portcall.testing import conformance

HERE = Path(__file__).parent
module = load_python_file(HERE / "stand_in.py")
plausible = module.stand_in
SDK = json.loads((HERE / "sdk.json").read_text(encoding="utf-8"))
# The tracker writes letters for the names of the API's pages; the server reads both.
NAMES = {"n": "name", "u": "url", "d": "domain", "r": "referrer", "p": "props", "$": "revenue"}

test_conformance = conformance("plausible")


def tracked(host, name, mapping=None):
    peer = plausible(host)
    connection = plausible.connect(host, "plausible")
    action = connection.destination.actions[name]
    chosen = {f.name: f.default_mapping for f in action.fields if f.default_mapping}
    connection.perform(action, plausible.events[name], mapping={**chosen, **(mapping or {})})
    [request] = peer.requests
    return request


@pytest.mark.parametrize("name", ["track_event", "track_page_view"])
def test_a_request_says_what_the_tracker_says(host, name):
    mapping = {"name": "Purchase", "revenue": 41.5, "currency": "EUR", "props": {"plan": "pro"}}
    request = tracked(host, name, mapping if name == "track_event" else None)
    sdk = SDK[name]
    assert (request.method, request.path) == (sdk["method"], sdk["path"])
    said = {NAMES[each]: value for each, value in sdk["data"].items() if each in NAMES}
    assert request.json() == said


def test_a_visitor_is_told_apart_by_two_headers(host):
    request = tracked(host, "track_page_view")
    assert request.headers["User-Agent"] == module.CONTEXT["userAgent"]
    assert request.headers["X-Forwarded-For"] == "203.0.113.7"


def test_an_order_has_its_revenue(host):
    peer = plausible(host)
    connection = plausible.connect(host, "plausible")
    action = connection.destination.actions["track_event"]
    [preset] = [each for each in action.presets if each.name.startswith("Orders")]
    event = {**plausible.events["track_event"], "properties": {"total": 41.5, "currency": "EUR"}}
    list(connection.deliver(action, [event], preset=preset.name))
    assert peer.requests[0].json()["revenue"] == {"amount": 41.5, "currency": "EUR"}


def test_a_key_verifies_the_domain_and_stays_out_of_events(host):
    peer = plausible(host)
    settings = {"method": "stats_key", "domain": "shop.example", "stats_api_key": module.KEY}
    connection = plausible.connect(host, "plausible", **settings)
    connection.test()
    connection.perform(
        connection.destination.actions["track_event"], plausible.events["track_event"]
    )
    assert dict(peer.requests[0].query) == {"site_id": ["shop.example"]}
    assert "Authorization" not in peer.requests[1].headers
    with pytest.raises(AuthenticationError, match="Invalid API key or site ID"):
        plausible.connect(host, "plausible", **{**settings, "stats_api_key": "other"}).test()
