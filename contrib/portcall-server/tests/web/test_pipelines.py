"""What was tried becomes a pipeline of the project, whose comments stay."""

import json
import tomllib

import pytest

from portcall import Project
from portcall_server.web.entries import entry_of, text_of_entry
from portcall_server.web.pipeline_files import pipeline_toml, save_pipeline

EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"order_id": "o-1"},
}
ACTION = "/connections/shop/actions/open_ticket"


@pytest.fixture
def shop(filled_in, api, site, tmp_path):
    """Return the browser, with a connection kept and a project in use."""
    (tmp_path / "portcall.toml").write_text("# The shop's own.\n[send]\nretry_for = 5  # seconds\n")
    site.project = Project.read(tmp_path)
    filled = {"f__endpoint": api.url, "f__flow": "key", "f__api_key": ""}
    filled_in.post("/destinations/acme", do="keep", name="shop", **filled)
    return filled_in


def test_a_pipeline_is_shown_and_saved_and_comments_stay(shop, site, tmp_path):
    shop.get(ACTION)
    tried = {"event": json.dumps(EVENT), "subscribe": "", "m__queue": "q-2"}
    shown = shop.post(ACTION, do="toml", **tried)
    assert "[pipelines.shop-open_ticket]" in shown.text
    assert shop.post(ACTION, do="save", pipeline="tickets", input="events.ndjson").status == 303
    text = (tmp_path / "portcall.toml").read_text()
    assert "# The shop's own." in text
    assert "retry_for = 5  # seconds" in text
    [subscription] = Project.read(tmp_path).pipeline("tickets").subscriptions
    assert (subscription.subscribe, subscription.mapping) == ("", {"queue": "q-2"})
    assert "tickets" in site.project.pipelines


def test_a_secret_that_was_typed_into_a_mapping_is_not_written_down(shop, tmp_path):
    shop.get(ACTION)
    tried = {"event": json.dumps(EVENT), "subscribe": "", "m__pin": "4711-secret"}
    answer = shop.post(ACTION, do="toml", **tried)
    assert answer.status == 400
    assert "the mapping of pin holds a secret" in answer.text.replace("`", "")
    assert "4711-secret" not in answer.page


def test_a_pipeline_replaces_the_one_of_its_name_and_no_other(tmp_path):
    path = tmp_path / "portcall.toml"
    path.write_text(
        '[pipelines.a]\nconnection = "x"\n[[pipelines.a.subscriptions]]\naction = "y"\n# last\n'
    )
    table = {
        "connection": "shop",
        "subscriptions": [{"action": "b", "mapping": {"n": {"@path": "$.x"}}}],
    }
    save_pipeline(path, "b", table)
    save_pipeline(path, "b", {**table, "connection": "other"})
    held = tomllib.loads(path.read_text())["pipelines"]
    assert held["a"] == {"connection": "x", "subscriptions": [{"action": "y"}]}
    assert held["b"]["connection"] == "other"
    assert tomllib.loads(pipeline_toml("b", table))["pipelines"]["b"] == table


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("$.userId", {"@path": "$.userId"}),
        ("{{a}} of {{b}}", {"@template": "{{a}} of {{b}}"}),
        ("plain text", "plain text"),
        ("7", 7),
        ("true", True),
        ("007", "007"),
        ("1e5", "1e5"),
        ('"$.userId"', "$.userId"),
        ('{"@literal": {"a": 1}}', {"@literal": {"a": 1}}),
        ("{not json", "{not json"),
    ],
)
def test_what_is_typed_for_a_field_becomes_an_entry_and_back(text, entry):
    assert entry_of(text) == entry
    assert entry_of(text_of_entry(entry)) == entry
