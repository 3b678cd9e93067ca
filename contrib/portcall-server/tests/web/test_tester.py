"""From the list of destinations to an event that arrived."""

import json

KEY = "k3y-planted-in-settings"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"order_id": "o-1"},
}
ACTION = "/destinations/acme/actions/open_ticket"


def test_the_first_page_lists_destinations_and_finds_them(browser):
    assert "/destinations/acme" in browser.get("/").page
    found = browser.get("/?q=acme").page
    assert "/destinations/acme" in found
    assert "/destinations/slack" not in found


def test_a_form_has_a_control_for_each_field_and_says_when_one_counts(browser):
    page = browser.get("/destinations/acme").page
    assert '<input type="password" id="f.api_key"' in page
    assert 'data-depends="{&#34;flow&#34;: &#34;key&#34;}"' in page
    assert '<option value="app">An app</option>' in page


def test_fields_that_cannot_be_used_are_named_beside_their_inputs(browser):
    browser.get("/destinations/acme")
    answer = browser.post("/destinations/acme", do="check", f__endpoint="no url", f__flow="key")
    assert answer.status == 400
    assert answer.page.count('class="problem"') == 2


def test_credentials_are_tested_at_the_destination(filled_in, api):
    answer = filled_in.post(
        "/destinations/acme", do="test", f__endpoint=api.url, f__flow="key", f__api_key=""
    )
    assert "Signed in as Ada of Acme." in answer.text
    assert api.received("/me")[0].headers["authorization"] == f"Bearer {KEY}"


def test_the_explanation_says_where_each_value_comes_from_and_sends_nothing(filled_in, api):
    filled_in.get(ACTION)
    answer = filled_in.post(
        ACTION, do="preview", event=json.dumps(EVENT), subscribe='type = "track"', m__queue="q-2"
    )
    assert "matches" in answer.text
    assert "would be sent" in answer.text
    assert "o-1 of u-7" in answer.text
    assert "$.event" in answer.text
    assert not api.received("/tickets")


def test_a_filter_that_does_not_match_is_explained_by_its_parts(filled_in):
    filled_in.get(ACTION)
    answer = filled_in.post(
        ACTION,
        do="preview",
        event=json.dumps(EVENT),
        subscribe='event = "Signed Up" and type = "track"',
    )
    assert "does not match" in answer.text
    assert 'event = "Signed Up" is false; the event has Order Completed there' in answer.text


def test_one_event_is_sent_and_its_answer_shown(filled_in, api):
    filled_in.get(ACTION)
    answer = filled_in.post(
        ACTION, do="send", event=json.dumps(EVENT), subscribe="", m__queue="q-2"
    )
    [ticket] = api.received("/tickets")
    assert ticket.json()["queue"] == "q-2"
    assert "delivered" in answer.text
    assert "201" in answer.text
    assert '"id": 7' in answer.text


def test_the_script_gets_the_explanation_alone(filled_in):
    filled_in.get(ACTION)
    answer = filled_in.post(
        ACTION, {"x-portcall-part": "preview"}, do="preview", event=json.dumps(EVENT), subscribe=""
    )
    assert "<html" not in answer.page
    assert "o-1 of u-7" in answer.text


def test_an_event_that_is_no_json_says_where_it_ends_to_be_one(filled_in):
    filled_in.get(ACTION)
    answer = filled_in.post(ACTION, do="preview", event='{"type": }', subscribe="")
    assert "the event is not JSON: Expecting value in line 1, column 10" in answer.text


def test_a_choice_of_the_destination_becomes_an_entry_of_the_mapping(filled_in):
    page = filled_in.get(f"{ACTION}/choices/queue?q=sales")
    assert "q-2" in page.page
    assert "q-1" not in page.page
    assert filled_in.post(f"{ACTION}/choices/queue", entry="q-2").status == 303
    assert 'id="m.queue" name="m.queue" value="q-2"' in filled_in.get(ACTION).page


def test_a_preset_brings_its_filter(filled_in):
    filled_in.get(ACTION)
    page = filled_in.post(
        ACTION, do="preview", event=json.dumps(EVENT), subscribe='type = "track"', preset="Orders"
    ).page
    assert 'name="subscribe" value="event = &#34;Order Completed&#34;"' in page


def test_a_plugin_that_changes_is_read_again(browser, acme):
    assert "Open a ticket" in browser.get("/destinations/acme").page
    acme.write_text(acme.read_text().replace("Open a ticket", "Open another one"))
    assert "Open another one" in browser.get("/destinations/acme").page
    acme.write_text("a = ")
    answer = browser.get("/destinations/acme")
    assert answer.status == 400
    assert "SyntaxError" in answer.text


def test_an_account_is_kept_as_a_connection_with_what_it_may_reach(filled_in, api, site):
    filled = {"f__endpoint": api.url, "f__flow": "key", "f__api_key": ""}
    answer = filled_in.post("/destinations/acme", do="keep", name="shop", **filled)
    assert answer.headers["location"] == "/connections/shop"
    kept = site.store.get("shop")
    assert kept.settings["api_key"].reveal() == KEY
    assert kept.reach.allow_private == ("127.0.0.1",)
    assert "Signed in as Ada" in filled_in.post("/connections/shop", do="test").text
    assert "shop" in filled_in.get("/").text
