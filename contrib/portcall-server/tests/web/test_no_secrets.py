"""What others wrote is text on a page, and secrets are on none."""

import json

import pytest

from portcall.testing import Reply

KEY = "k3y-planted-in-settings"
ACTION = "/destinations/acme/actions/open_ticket"
SCRIPT = "<script>alert('x')</script>"
ISSUED = "t0ken-of-an-answer-1"
PIN = "pin-4711-of-an-event"


def every_page(browser, api, event):
    """Yield every page after an event was sent with secrets in everything."""
    filled = {"f__endpoint": api.url, "f__flow": "key", "f__api_key": ""}
    yield browser.get("/")
    yield browser.get("/destinations/acme")
    yield browser.post("/destinations/acme", do="test", **filled)
    yield browser.get(ACTION)
    yield browser.post(ACTION, do="preview", event=json.dumps(event), subscribe="")
    yield browser.post(ACTION, do="send", event=json.dumps(event), subscribe="")
    yield browser.get(ACTION)
    yield browser.post(ACTION, do="toml", event=json.dumps(event), subscribe="")
    yield browser.get(f"{ACTION}/choices/queue")
    yield browser.post(
        "/destinations/acme", do="check", f__endpoint=KEY, f__flow="key", f__api_key=KEY
    )
    yield browser.post("/destinations/acme", do="keep", name="shop", **filled)
    yield browser.get("/connections/shop")
    yield browser.post("/connections/shop", do="test")


def test_no_page_has_a_secret_of_settings_events_or_answers(filled_in, api):
    echo = {"you_sent": KEY, "access_token": ISSUED, "nested": [{"client_secret": ISSUED}]}
    api.route("POST", "/tickets", Reply(400, json=echo, headers={"set-cookie": f"sid={ISSUED}"}))
    api.route("GET", "/me", Reply(json={"name": f"Ada {KEY}"}))
    event = {"type": "track", "event": f"Order {KEY}", "userId": "u-7", "properties": {"pin": PIN}}
    for number, answer in enumerate(every_page(filled_in, api, event)):
        for secret in (KEY, ISSUED, PIN):
            assert secret not in answer.page, (number, secret)
    assert api.received("/tickets")[0].json()["pin"] == PIN


def test_an_event_whose_secret_was_not_shown_is_sent_whole(filled_in, api):
    event = {"type": "track", "event": "Order", "userId": "u-7", "properties": {"pin": PIN}}
    filled_in.get(ACTION)
    shown = filled_in.post(ACTION, do="preview", event=json.dumps(event), subscribe="").page
    assert PIN not in shown
    hidden = json.dumps(event).replace(PIN, "***")
    filled_in.post(ACTION, do="send", event=hidden, subscribe="")
    assert api.received("/tickets")[0].json()["pin"] == PIN


def test_what_events_plugins_and_answers_say_is_escaped(filled_in, api, acme):
    acme.write_text(acme.read_text().replace('label="Title"', f'label="{SCRIPT}"'))
    api.route("POST", "/tickets", Reply(400, json={"message": SCRIPT}))
    api.route("GET", "/me", Reply(json={"name": SCRIPT}))
    event = {"type": "track", "event": SCRIPT, "userId": SCRIPT, "properties": {"order_id": SCRIPT}}
    pages = [each.page for each in every_page(filled_in, api, event)]
    assert not [page for page in pages if "<script>alert" in page]
    assert sum(page.count("&lt;script&gt;") for page in pages) > 10
    assert any("Sales &lt;b&gt;north&lt;/b&gt;" in page for page in pages)


@pytest.mark.parametrize(
    "path", ["/?q=%3Cscript%3E", "/%3Cscript%3E", "/destinations/%3Cscript%3E"]
)
def test_what_an_address_says_is_escaped(browser, path):
    assert "<script>" not in browser.get(path).page
