import json
import runpy
from pathlib import Path

import pytest

from portcall import Host
from portcall.cli.rehearsing import explain_text
from portcall.cli.state import State
from portcall.previews.explanation import explain
from portcall.previews.sources import source_of
from portcall.runs.pipelines.pipeline import Pipeline
from portcall.runs.pipelines.planning import plan, plan_action

ACME = runpy.run_path(str(Path(__file__).parents[1] / "unit/runs/pipelines/acme.py"))
PIPELINE = """
connection = "acme"

[[subscriptions]]
name = "Orders"
action = "track_event"
preset = "Orders"
[subscriptions.mapping]
text = { "@template" = "Order {{event}}" }

[[subscriptions]]
name = "Refunds"
action = "track_event"
subscribe = 'type = "track" and event = "Order Refunded" and properties.total > 2'

[[subscriptions]]
action = "add_member"
subscribe = ""
"""
EVENT = {
    "type": "track", "event": "Order Completed", "userId": "u-7", "messageId": "m-1",
    "properties": {"total": 3, "pin": "pin-8861", "list": "7"},
}  # fmt: skip


@pytest.fixture
def connection(peer):
    with Host(allow_private=["127.0.0.1"], plugins={"acme": ACME["PLUGIN"]}) as host:
        acme = host.destination("acme")
        yield acme.connect({"endpoint": peer.url, "api_key": ACME["KEY"]})


@pytest.fixture
def planned(connection, tmp_path):
    path = tmp_path / "shop.toml"
    path.write_text(PIPELINE)
    return plan(Pipeline.read(path), connection.destination)


@pytest.fixture
def explained(connection, planned):
    """Explain one event as JSON that went through JSON, and as text."""

    def runner(event, of=planned):
        state = State()
        said = explain(connection, of, event, state)
        return json.loads(json.dumps(said)), "\n".join(explain_text(said, state))

    return runner


def fields(subscription):
    return {each.pop("name"): each for each in subscription["fields"]}


def test_each_field_says_its_value_and_where_it_comes_from(explained, peer):
    said, _ = explained(EVENT)
    orders = said["subscriptions"][0]
    assert (orders["name"], orders["action"], orders["matched"]) == ("Orders", "track_event", True)
    found = fields(orders)
    assert found["user_id"] == {
        "label": "User ID", "source": "$.userId", "origin": "default", "value": "u-7",
        "problems": [],
    }  # fmt: skip
    assert found["text"]["source"] == '"Order {{event}}"'
    assert (found["text"]["origin"], found["text"]["value"]) == (
        "pipeline", "Order Order Completed"
    )  # fmt: skip
    assert (found["channel"]["source"], found["channel"]["origin"]) == (
        'constant "orders"', "preset"
    )  # fmt: skip
    assert orders["outcome"] == "delivered"
    [request] = orders["requests"]
    assert (request["method"], request["url"]) == ("POST", f"{peer.url}/events/upsert")
    assert not peer.requests


def test_a_filter_says_which_of_its_parts_is_not_met(explained):
    said, text = explained(EVENT)
    refunds = said["subscriptions"][1]
    assert not refunds["matched"]
    assert refunds["unmet"] == [
        {"condition": 'event = "Order Refunded"', "found": "Order Completed"}
    ]
    assert 'not met: event = "Order Refunded"; the event has "Order Completed"' in text
    assert "requests" not in refunds


def test_what_is_wrong_stands_at_its_field(explained):
    said, text = explained(EVENT)
    member = said["subscriptions"][2]
    assert member["outcome"] == "rejected"
    found = fields(member)
    assert found["email"]["problems"] == ["Email is missing; fill in `email`"]
    assert "value" not in found["email"]
    assert found["list_id"]["problems"] == []
    assert member["requests"] == []
    assert "! Email is missing" in text


def test_a_batch_is_named_with_what_its_items_agree_in(explained, peer):
    said, text = explained({**EVENT, "traits": {"email": "ada@example.com"}})
    member = said["subscriptions"][2]
    assert member["batch"] == {"size": 3, "keys": {"list_id": "7"}}
    assert [each["url"] for each in member["requests"]] == [f"{peer.url}/lists/7"]
    assert 'in a batch of up to 3 that agree in list_id = "7"; alone it would be' in text


def test_no_secret_is_shown_be_it_the_connections_or_the_events(explained):
    said, text = explained(EVENT)
    assert fields(said["subscriptions"][0])["pin"]["value"] == "***"
    assert said["event"]["properties"]["pin"] == "***"
    for shown in (json.dumps(said), text):
        assert "8861" not in shown
        assert ACME["KEY"] not in shown
        assert "x-api-key: ***" in text.lower()


def test_a_secret_is_not_shown_either_where_another_field_is_wrong(explained):
    said, text = explained({**EVENT, "userId": None, "traits": {"pin": "pin-8861"}})
    assert said["subscriptions"][0]["outcome"] == "rejected"
    assert "8861" not in json.dumps(said) + text


def test_a_secret_in_the_mapping_itself_is_not_shown(connection, explained):
    mapping = {"user_id": "u", "text": "t", "pin": "pin-9982"}
    planned = plan_action(connection.destination.actions["track_event"], mapping=mapping)
    said, text = explained(EVENT, [planned])
    found = fields(said["subscriptions"][0])
    assert (found["pin"]["source"], found["pin"]["value"]) == ("***", "***")
    assert (found["channel"]["source"], found["channel"]["value"]) == ("not mapped", "general")
    assert "9982" not in json.dumps(said) + text


def test_the_text_reads_like_this(explained, peer):
    _, text = explained(EVENT)
    start = f"""\
Event: type "track", event "Order Completed", userId "u-7", messageId "m-1"

Orders (track_event): matches
  type = "track" and event = "Order Completed"

  user_id  "u-7"                    from $.userId (default)
  text     "Order Order Completed"  from "Order {{{{event}}}}" (pipeline)
  total    3                        from $.properties.total (default)
  channel  "orders"                 from constant "orders" (preset)
  pin      ***                      from $.properties.pin (default)

  would be sent

  POST {peer.url}/events/upsert
"""
    assert text.startswith(start)


def test_long_values_are_cut_in_the_text_only_and_nothing_steers_the_terminal(explained):
    long = "x" * 500 + "\x1b[2J"
    said, text = explained({**EVENT, "userId": long})
    assert fields(said["subscriptions"][0])["user_id"]["value"] == long
    line = next(line for line in text.splitlines() if line.startswith("  user_id"))
    assert "x" * 78 + "…" in line
    assert "\x1b" not in text


def test_nothing_that_a_pipeline_says_steers_the_terminal_either(connection, explained):
    mapping = {"user_id": {"@path": "$.a\x1b[2J"}, "text": "t"}
    planned = plan_action(connection.destination.actions["track_event"], mapping=mapping)
    said, text = explained(EVENT, [planned])
    assert fields(said["subscriptions"][0])["user_id"]["source"] == "$.a\x1b[2J"
    assert "\x1b" not in text


def test_an_event_without_anything_is_explained_too(explained):
    said, text = explained({})
    assert text.startswith("Event: without type, name and ids")
    assert said["subscriptions"][0]["unmet"][0]["found"] is None


def test_a_mapping_that_cannot_be_applied_says_where(connection, explained):
    mapping = {"user_id": {"@path": {"@path": "$.properties.total"}}, "text": "t"}
    planned = plan_action(connection.destination.actions["track_event"], mapping=mapping)
    said, _ = explained(EVENT, [planned])
    found = fields(said["subscriptions"][0])
    assert "needs a string" in found["user_id"]["problems"][0]
    assert said["subscriptions"][0]["outcome"] == "rejected"


@pytest.mark.parametrize(
    ("entry", "source"),
    [
        ({"@path": "$.userId"}, "$.userId"),
        ({"@template": "{{a}}!"}, '"{{a}}!"'),
        ({"@literal": 7}, "constant 7"),
        ("x", 'constant "x"'),
        (None, "constant null"),
        ({"a": {"@path": "$.b"}}, '{"a": {"@path": "$.b"}}'),
        (
            {"@if": {"exists": {"@path": "$.a"}, "then": {"@path": "$.a"}, "else": "b"}},
            '$.a, else constant "b"',
        ),
        ({"@arrayPath": ["$.products", {"id": {"@path": "$.id"}}]}, "$.products, each"),
        (
            {"@case": {"operator": "lower", "value": "X"}},
            '@case {"operator": "lower", "value": "X"}',
        ),
    ],
)
def test_a_source_is_said_in_one_line(entry, source):
    assert source_of(entry) == source


def test_an_action_that_sends_nothing_says_so(connection, explained):
    said, text = explained(EVENT, [plan_action(connection.destination.actions["idle"])])
    assert said["subscriptions"][0]["requests"] == []
    assert text.endswith("the action sends nothing for it")


def test_half_a_character_and_a_deep_event_stop_nothing(explained):
    deep = []
    for _ in range(200):
        deep = [deep]
    said, text = explained({**EVENT, "userId": "a\ud800", "context": deep})
    assert fields(said["subscriptions"][0])["user_id"]["value"] == "a�"
    assert "a�" in text
    (json.dumps(said, ensure_ascii=False) + text).encode()
