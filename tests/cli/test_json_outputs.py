"""Each command with ``--json`` prints what its schema says; the fixture ``run`` holds them to it."""

import json
import runpy
from pathlib import Path

import pytest
from jsonschema import ValidationError

from portcall.outbox import Outbox
from portcall.testing import Reply

JSON = runpy.run_path(str(Path(__file__).parent / "json_outputs.py"))
PRIVATE = ("--allow-private", "127.0.0.1")
EVENTS = (
    '{"type": "track", "event": "good"}\n{"type": "page"}\n'
    '{"type": "track", "event": "bad"}\n{"type": "track", "event": "down"}\n'
)


@pytest.fixture
def values(run):
    """Run a command with ``--json`` and return what it printed."""

    def runner(*words, **more):
        return JSON["values_of"](run(*words, "--json", **more).out)

    return runner


@pytest.fixture
def shop(run, good):
    """Keep the connection ``shop``."""
    assert run("connect", "good", "--name", "shop", *good).code == 0
    return "shop"


@pytest.fixture
def events(tmp_path):
    path = tmp_path / "events.ndjson"
    path.write_text(EVENTS)
    return path


def test_destinations(values):
    [rows] = values("destinations")
    assert {row["status"] for row in rows} == {"ok", "broken", "ambiguous"}
    assert values("destinations", "--no-check")[0]
    assert values("destinations", "--available", "slack")[0]


def test_plugins_list(values):
    assert values("plugins", "list")[0]
    assert values("plugins", "list", "--available")


def test_plugins_install_and_remove(values):
    assert values("plugins", "install", "segment", "--dry-run") == [
        {
            "command": values("plugins", "install", "segment", "--dry-run")[0]["command"],
            "installed": [],
        }
    ]
    assert values("plugins", "remove", "good", "--dry-run")[0]["removed"] == []


def test_describe(values):
    for words in (["good"], ["good", "tracks"], ["hubspot"], ["office"]):
        assert values("describe", *words)


def test_choices(values):
    [said] = values("choices", "matrix", "post_message", "kind")
    assert said["items"]


def test_connect_show_rename_and_disconnect(values, good):
    assert values("connect", "good", "--name", "shop", *good)[0]["identity"] == "Ada's account"
    assert values("show", "shop")[0]["connected_at"].endswith("Z")
    assert values("rename", "shop", "branch") == [{"connection": "branch", "destination": "good"}]
    assert values("disconnect", "branch", "--yes") == [{"connection": "branch", "revoked": False}]


def test_connections(values, shop):
    [said] = values("connections")
    assert said["connections"][0]["connected"].endswith("Z")


def test_keys(values, shop):
    assert values("key", "status")[0]["key"] is None
    assert values("key", "init")[0]["encrypted"] == 1
    assert values("key", "rotate")[0]["encrypted"] == 1
    assert values("key", "reset") == [{"lost": [], "kept": ["shop"]}]
    assert values("key", "status")[0]["encryption"] == "encrypted"


def test_test(values, good, shop):
    assert values("test", "good", *good)[0]["ok"]
    assert values("test", shop)[0]["connection"] == "shop"
    assert not values("test", "good")[0]["ok"]


def test_request(values, good, acme):
    acme.route("GET", "/image", Reply(200, body=b"\xff\xfe"))
    assert values("request", "good", "get", "/me", *good)[0]["status"] == 200
    assert "body_base64" in values("request", "good", "get", "/image", *good)[0]
    assert values("request", "good", "post", "/track", "--dry-run", "--body", "x", *good)


def test_send(values, good, events):
    [said] = values("send", "good", "track", events, *good, "--retry-for", "0")
    assert (said["delivered"], said["skipped"], said["rejected"], said["retry"]) == (1, 1, 1, 1)
    rehearsed = values("send", "good", "track", events, *good, "--dry-run")
    assert [each.get("subscription") for each in rehearsed] == ["track", "track", "track", None]
    assert values("send", "good", "track", events, *good, "--explain")[0]["subscriptions"]
    assert values("send", "good", "tracks", events, *good, "--explain", "--line", "2")


def test_run(values, good, events, tmp_path):
    pipeline = tmp_path / "shop.toml"
    pipeline.write_text(
        'connection = "good"\n'
        '[[subscriptions]]\nname = "one"\naction = "track"\n'
        '[[subscriptions]]\nname = "two"\naction = "tracks"\n'
    )
    [said] = values("run", pipeline, events, *good, "--retry-for", "0")
    assert said["subscriptions"].keys() == {"one", "two"}
    assert {each.get("subscription") for each in values("run", pipeline, events, *good, "--dry-run")} == {
        "one", "two", None
    }  # fmt: skip
    assert values("run", pipeline, events, *good, "--explain")


def test_log(values, run, good, events, tmp_path):
    run("send", "good", "track", events, *good, "--retry-for", "0", "--state", tmp_path / "state")
    assert values("log", "--state", tmp_path / "state", "--id", "m-9") == [{"events": []}]
    path = tmp_path / "keyed.ndjson"
    path.write_text('{"type": "track", "event": "good", "messageId": "m-1"}\n')
    run("send", "good", "track", path, *good, "--state", tmp_path / "state")
    [said] = values("log", "--state", tmp_path / "state", "--id", "m-1")
    assert [each["outcome"] for each in said["events"]] == ["delivered"]


def test_dead(values, run, good, events):
    run("send", "good", "track", events, *good, "--retry-for", "0")
    letters = events.with_name(f"{events.name}.good-track.rejected.ndjson")
    assert values("dead", "list", letters)[0]["groups"][0]["count"] == 1
    assert values("dead", "show", letters)[0]["event"]["event"] == "bad"
    assert values("dead", "drop", letters, "--yes") == [{"dropped": 1, "dry_run": False}]


def test_outbox(values, tmp_path):
    named = ("--outbox", tmp_path / "outbox.sqlite3")
    with Outbox(named[1]) as outbox:
        outbox.put("shop", "track", {"type": "track"})
    assert values("outbox", "status", *named)[0]["connections"][0]["name"] == "shop"
    assert values("outbox", "purge", *named) == [{"purged": 0, "dry_run": False}]
    assert values("outbox", "move", tmp_path / "other.sqlite3", *named)[0]["moved"] == 1


def test_new_and_check(values, tmp_path):
    folder = tmp_path / "portcall-zeta"
    words = ("zeta", "--template", "api-key", "--folder", folder)
    assert values("new", *words)[0]["files"]
    assert "ok" in values("check", folder, "--only", "PC1")[0]


def test_init(values, tmp_path):
    assert values("init", tmp_path / "new") == [{"path": str(tmp_path / "new" / "portcall.toml")}]


def test_demo(values):
    assert [part["destination"] for part in values("demo")[0]["parts"]] == ["webhook", "crm"]


def test_an_error(values):
    assert values("show", "nothing-like-it") == []


def test_a_member_without_a_description_is_found():
    described = json.loads('{"connection": "a", "destination": "b"}')
    check = JSON["validator"]("rename").validate
    check(described)
    for wrong in ({**described, "more": 1}, {"connection": "a"}, {**described, "connection": None}):
        with pytest.raises(ValidationError):
            check(wrong)
