"""``portcall outbox``, and what ``log`` and ``dead`` show of its events."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from portcall import Host
from portcall.outbox import Outbox, Workers
from portcall.testing import Reply


@pytest.fixture
def host(run, acme):
    with Host(allow_private=["127.0.0.1"]) as opened:
        settings = {"endpoint": acme.url, "username": "ada", "password": "p4ss-w0rd!"}
        opened.connections.create("shop", "good", settings)
        yield opened
        opened.outbox.close()


@pytest.fixture
def outbox(host, capfdbinary):
    """An outbox with an event that was delivered, one that was refused, and one that is due tomorrow."""
    for name in ("sent", "bad"):
        host.outbox.put("shop", "track", _event(name))
    Workers(host).drain()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    host.outbox.put("shop", "track", _event("later"), due_at=tomorrow)
    capfdbinary.readouterr()  # the plugin prints
    return host.outbox


def _event(name):
    return {"type": "track", "event": name, "messageId": f"m-{name}"}


def _json(outcome):
    assert outcome.code == 0, outcome
    return json.loads(outcome.out)


def test_the_state_of_the_outbox_is_shown_by_connection(run, outbox):
    said = _json(run("outbox", "status", "--json"))
    assert said["counts"] == {
        "waiting": 1, "under_way": 0, "delivered": 1, "skipped": 0, "rejected": 1, "uncertain": 0, "dead": 0,
    }  # fmt: skip
    assert (said["held_events"], said["place"]) == (2, outbox.storage.place)
    [shop] = said["connections"]
    assert (shop["name"], shop["parked"], shop["counts"]["rejected"]) == ("shop", None, 1)
    outbox.park("shop", "the shop is closed")
    shown = run("outbox", "status").out
    assert "parked" in shown
    assert "shop: the shop is closed" in shown
    assert "2 of 5,000,000 events" in shown


def test_an_outbox_that_is_not_there_is_not_made(run, tmp_path):
    for words in (["status"], ["purge"], ["status", "--outbox", tmp_path / "none"]):
        outcome = run("outbox", *words)
        assert outcome.code == 2
        assert "there is no outbox" in outcome.err
    assert not (tmp_path / "home" / "outbox.sqlite3").exists()
    assert not (tmp_path / "none").exists()
    assert "there is no outbox" in run("log").err


def test_the_log_shows_events_of_the_outbox_beside_those_of_files(run, outbox, good, tmp_path):
    path = tmp_path / "monday.ndjson"
    path.write_text(json.dumps(_event("filed")) + "\n")
    assert run("send", "good", "track", path, *good, "--state", tmp_path / "state").code == 0
    said = _json(run("log", "--state", tmp_path / "state", "--json"))["events"]
    assert {(each["unit"], each["outcome"]) for each in said} == {
        ("line", "delivered"), ("event", "delivered"), ("event", "rejected"), ("event", "waiting"),
    }  # fmt: skip
    assert [each["at"] for each in said] == sorted((each["at"] for each in said), reverse=True)
    [bad] = _json(run("log", "--id", "m-bad", "--json"))["events"]
    assert (bad["connection"], bad["subscription"], bad["input"]) == (
        "shop", "track", outbox.storage.place,
    )  # fmt: skip
    assert "is bad" in bad["reason"]
    shown = run("log", "--outcome", "rejected").out
    assert f"event {bad['number']} of {outbox.storage.place}" in shown
    assert len(_json(run("log", "--outcome", "waiting", "--json"))["events"]) == 1
    assert run("log", "--connection", "else").code == 1
    assert len(_json(run("log", "--limit", "2", "--json"))["events"]) == 2


def test_dead_letters_of_the_outbox_are_listed_with_those_of_files(run, outbox, good, tmp_path):
    path = tmp_path / "monday.ndjson"
    path.write_text(json.dumps(_event("bad")) + "\n")
    assert run("send", "good", "track", path, *good).code == 1
    letters = f"{path}.good-track.rejected.ndjson"
    groups = _json(run("dead", "list", letters, "outbox", "--json"))["groups"]
    assert [(group["outcome"], group["count"]) for group in groups] == [("rejected", 1)] * 2
    assert [(each["in"], each["file"]) for group in groups for each in group["first"]] == [
        ("file", letters), ("outbox", outbox.storage.place),
    ]  # fmt: skip
    [shown] = run("dead", "show", "outbox", "--json").out.splitlines()
    event = json.loads(shown)["event"]
    assert event["event"] == "bad"
    assert event["_portcall"]["connection"] == "shop"
    assert outbox.storage.place in run("dead", "list").out  # by default, beside the files here
    assert run("dead", "list", "outbox", "--reason", "martian").out == "No dead letters match.\n"


def test_a_dead_letter_of_the_outbox_shows_its_last_request_and_answer(run, outbox):
    [line] = run("dead", "show", "outbox", "--json").out.splitlines()
    exchange = json.loads(line)["event"]["_portcall"]["exchange"]
    assert exchange["request"]["method"] == "POST"
    assert exchange["answer"]["status"] == 422
    _, shown, request, answer = run("dead", "show", "outbox").out.splitlines()
    assert "exchange" not in shown
    assert request.startswith("  request: POST /")
    assert answer.startswith("  answer: 422")
    assert "p4ss-w0rd" not in line + request + answer


def test_dead_letters_of_the_outbox_wait_again_when_that_is_asked_for(run, outbox, host, acme):
    assert run("dead", "retry", "outbox", "--reason", "martian").out == "0 wait to be sent again.\n"
    assert run("dead", "retry", "outbox").out == "1 wait to be sent again.\n"
    acme.route("POST", "/track", lambda _: Reply(204))
    assert Workers(host).drain() == {"delivered": 1}
    assert run("dead", "retry", "good", "track").code == 2


def test_dead_letters_of_the_outbox_are_dropped_when_that_is_meant(run, outbox):
    assert run("dead", "drop", "outbox", stdin=b"n\n").code != 0
    assert _json(run("dead", "drop", "outbox", "--dry-run", "--json")) == {
        "dropped": 1, "dry_run": True,
    }  # fmt: skip
    assert outbox.status().counts["rejected"] == 1
    assert run("dead", "drop", "outbox", "--yes").out == "1 removed.\n"
    assert outbox.status().counts["rejected"] == 0


def test_what_was_delivered_is_forgotten_when_it_is_old_enough(run, outbox):
    assert _json(run("outbox", "purge", "--json")) == {"purged": 0, "dry_run": False}
    assert (
        run("outbox", "purge", "--older-than", "0s", "--dry-run").out == "1 would be forgotten.\n"
    )
    assert run("outbox", "purge", "--older-than", "0s").out == "1 forgotten.\n"
    assert outbox.status().counts["delivered"] == 0
    assert outbox.status().held_events == 2
    assert run("outbox", "purge", "--older-than", "soon").code == 2


def test_what_waits_is_moved_in_its_order_and_once(run, outbox, tmp_path):
    for number in range(3):
        outbox.put("shop", "track", {"type": "track", "event": f"k{number}"}, ordering_key="k")
    place = tmp_path / "elsewhere.sqlite3"
    assert _json(run("outbox", "move", place, "--dry-run", "--json"))["moved"] == 4
    said = _json(run("outbox", "move", place, "--json"))
    assert (said["moved"], said["dead_letters"], said["to"]) == (4, 1, str(place))
    with Outbox(place) as other:
        entries = other.entries()[::-1]
        assert [entry.event["event"] for entry in entries] == ["later", "k0", "k1", "k2"]
        assert entries[0].due_at > datetime.now(UTC) + timedelta(hours=23)
        assert [entry.ordering_key for entry in entries[1:]] == ["k"] * 3
    assert outbox.status().counts["waiting"] == 0
    assert not outbox.status().connections[0].parked
    assert run("outbox", "move", place, "--outbox", place).code == 2
