"""What became of events, and what a person decides about them."""

import json

import pytest

from portcall import Host
from portcall.outbox import Workers
from portcall.testing import Reply

PIN = "pin-4711-of-an-event"
GOOD = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"order_id": "o-1"},
}


@pytest.fixture
def outbox(filled_in, api, site, tmp_path, acme):
    """Return an outbox with one event delivered, two rejected for one reason, and one that waits."""
    filled = {"f__endpoint": api.url, "f__flow": "key", "f__api_key": ""}
    filled_in.post("/destinations/acme", do="keep", name="shop", **filled)
    with Host(
        allow_private=["127.0.0.1"], plugins=[acme], store=site.store, outbox=tmp_path / "outbox.db"
    ) as host:
        host.outbox.put("shop", "open_ticket", GOOD)
        Workers(host).drain()
        api.route("POST", "/tickets", Reply(422, json={"error": "no such queue <b>"}))
        for number in (1, 2):
            properties = {"order_id": f"o-{number}", "pin": PIN}
            host.outbox.put("shop", "open_ticket", {**GOOD, "properties": properties})
        Workers(host).drain()
        host.outbox.park("shop")
        host.outbox.put("shop", "open_ticket", GOOD)
        site.outbox = host.outbox
        yield host.outbox


def test_the_overview_counts_draws_and_groups_by_reason(filled_in, outbox):
    page = filled_in.get("/deliveries")
    assert "Waiting 1 Under way 0 Delivered 1 Dead letters 2" in page.text
    assert "The last 12 hours: 1 delivered, 0 uncertain, 2 not delivered." in page.page
    assert page.page.count("no such queue &lt;b&gt;") == 2  # for eyes, and in the name of the link
    assert "parked" in page.text


def test_a_connection_is_parked_and_released(filled_in, outbox):
    filled_in.get("/deliveries")
    assert filled_in.post("/deliveries/connections/shop", do="release").status == 303
    assert not outbox.status().connections[0].parked
    filled_in.post("/deliveries/connections/shop", do="park")
    assert outbox.status().connections[0].parked


def test_dead_letters_are_found_by_their_reason_and_sent_again(filled_in, outbox):
    assert filled_in.get("/deliveries/dead?reason=queue").page.count('name="id"') == 2
    assert filled_in.get("/deliveries/dead?reason=else").page.count('name="id"') == 0
    first = outbox.entries(state="rejected")[0]
    filled_in.get("/deliveries/dead")
    answer = filled_in.post("/deliveries/dead", do="retry", id=f"{first.id}")
    assert answer.headers["location"] == "/deliveries/dead"
    assert outbox.entry(first.id).state == "waiting"


def test_a_dead_letter_shows_its_event_and_what_would_be_sent_without_secrets(filled_in, outbox):
    first = outbox.entries(state="rejected", exchanges=True)[0]
    page = filled_in.get(f"/deliveries/events/{first.id}")
    assert "POST http://127.0.0.1" in page.text
    assert "no such queue" in page.text
    failed = page.text.partition("The attempt that failed")[2].partition("What would become")[0]
    assert "POST /tickets" in failed
    assert "Answer 422, application/json" in failed
    assert PIN not in page.page
    assert PIN not in json.dumps(first.exchange)


def test_an_event_is_corrected_and_what_was_not_shown_stays(filled_in, outbox):
    first = outbox.entries(state="rejected")[0]
    place = f"/deliveries/events/{first.id}"
    filled_in.get(place)
    shown = json.dumps(first.event).replace(PIN, "***")
    corrected = shown.replace("Order Completed", "Order Corrected")
    assert filled_in.post(place, do="retry", event=corrected).status == 303
    kept = outbox.entry(first.id)
    assert kept.state == "waiting"
    assert kept.event["event"] == "Order Corrected"
    assert kept.event["properties"]["pin"] == PIN


def test_a_correction_that_is_no_event_changes_nothing(filled_in, outbox):
    first = outbox.entries(state="rejected")[0]
    place = f"/deliveries/events/{first.id}"
    filled_in.get(place)
    for text in ("[1]", "{", ""):
        assert filled_in.post(place, do="retry", event=text).status == 400
    assert outbox.entry(first.id).event == first.event


def test_an_event_is_dropped(filled_in, outbox):
    first = outbox.entries(state="rejected")[0]
    filled_in.get(f"/deliveries/events/{first.id}")
    filled_in.post(f"/deliveries/events/{first.id}", do="drop")
    assert outbox.entry(first.id) is None
    assert filled_in.get(f"/deliveries/events/{first.id}").status == 400
