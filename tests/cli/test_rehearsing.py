import json
import runpy
from pathlib import Path

import pytest

from portcall import Host
from portcall.cli.rehearsing import Rehearsal
from portcall.cli.state import State
from portcall.previews.stage import MOST_REQUESTS
from portcall.runs.pipelines.planning import plan_action

ACME = runpy.run_path(str(Path(__file__).parents[1] / "unit/runs/pipelines/acme.py"))
EVENT = {
    "type": "track", "event": "Order Completed", "userId": "u-7", "properties": {"total": 3}
}  # fmt: skip


@pytest.fixture
def connection(peer):
    with Host(allow_private=["127.0.0.1"], plugins={"acme": ACME["PLUGIN"]}) as host:
        acme = host.destination("acme")
        yield acme.connect({"endpoint": peer.url, "api_key": ACME["KEY"]})


@pytest.fixture
def rehearsed(connection, capsys):
    """Rehearse one action: give the kinds of outcomes and what was shown."""

    def runner(name, events, as_json=False, shown=3, **asked):
        action = connection.destination.actions[name]
        rehearsal = Rehearsal(connection, State(), shown, as_json=as_json)
        found = list(rehearsal.outcomes(plan_action(action, subscribe="", **asked), events))
        rehearsal.finish()
        return found, capsys.readouterr().out

    return runner


def member(email, of="7"):
    return {"type": "identify", "traits": {"email": email}, "properties": {"list": of}}


def kinds(outcomes):
    return [outcome.kind for outcome in outcomes]


def test_nothing_is_sent_and_every_event_counts(rehearsed, peer):
    events = [EVENT, {"type": "track"}, EVENT, EVENT, EVENT, EVENT]
    outcomes, shown = rehearsed("track_event", events)
    assert kinds(outcomes) == ["delivered", "rejected", *["delivered"] * 4]
    assert "User ID is missing" in outcomes[1].reason
    assert shown.count(f"POST {peer.url}/events/upsert\n") == 3
    assert "... and 2 events more; --json shows all" in shown
    assert not peer.requests


def test_requests_are_shown_as_they_come(connection, capsys):
    planned = plan_action(connection.destination.actions["track_event"])
    outcomes = Rehearsal(connection, State()).outcomes(planned, iter([EVENT, EVENT]))
    next(outcomes)
    assert capsys.readouterr().out.count("POST ") == 1


def test_the_filter_counts(connection):
    planned = plan_action(connection.destination.actions["track_event"])
    outcomes = Rehearsal(connection, State()).outcomes(planned, [{"type": "page"}, [1]])
    assert kinds(outcomes) == ["skipped", "rejected"]


def test_no_secret_is_shown_be_it_the_connections_or_the_payloads(rehearsed):
    event = {**EVENT, "properties": {"pin": 'pi"n-8861', "total": 1}}
    for as_json in (False, True):
        _, shown = rehearsed("track_event", [event], as_json=as_json)
        assert ACME["KEY"] not in shown
        assert "8861" not in shown
        assert "***" in shown
        assert "u-7" in shown


def test_batches_are_shown_as_batches(rehearsed, peer):
    events = [member(f"{n}@example.com") for n in range(5)]
    events[2] = member("other@example.com", of="8")
    outcomes, shown = rehearsed("add_member", events)
    assert kinds(outcomes) == ["delivered"] * 5
    assert shown.count("POST ") == 3
    assert f"# 3 events\nPOST {peer.url}/lists/7" in shown
    assert '["0@example.com", "1@example.com", "3@example.com"]' in shown.replace('","', '", "')
    assert shown.count(f"POST {peer.url}/lists/8") == 1
    assert not peer.requests


def test_a_bad_event_takes_no_batch_with_it(rehearsed):
    outcomes, shown = rehearsed("add_member", [member("a@example.com"), member("nobody")])
    assert kinds(outcomes) == ["delivered", "rejected"]
    assert shown.count("POST ") == 1


def test_an_action_that_needs_an_answer_is_shown_up_to_there(rehearsed, peer):
    outcomes, shown = rehearsed("look_up", [EVENT])
    assert kinds(outcomes) == ["delivered"]
    assert f"GET {peer.url}/people?id=u-7" in shown
    assert "POST" not in shown


def test_an_action_that_asks_for_ever_is_stopped(rehearsed):
    outcomes, shown = rehearsed("follow", [EVENT, EVENT])
    assert kinds(outcomes) == ["delivered"] * 2
    assert shown.count("GET ") == 2 * MOST_REQUESTS


def test_a_request_that_may_not_leave_is_refused_although_another_may(rehearsed):
    outcomes, _ = rehearsed("leave", [EVENT])
    assert kinds(outcomes) == ["rejected"]
    assert "elsewhere.example" in outcomes[0].reason


def test_an_action_that_sends_nothing_is_shown_with_nothing(rehearsed):
    outcomes, shown = rehearsed("idle", [EVENT])
    assert kinds(outcomes) == ["delivered"]
    assert shown == ""


def test_as_json_every_request_is_one_line(rehearsed):
    _, shown = rehearsed("track_event", [EVENT] * 5, as_json=True)
    lines = [json.loads(line) for line in shown.splitlines()]
    assert len(lines) == 5
    assert lines[0]["method"] == "POST"
    assert json.loads(lines[0]["body"])["user"] == "u-7"


def test_a_long_body_is_cut_for_a_person_only(rehearsed):
    long = {"user_id": "u", "text": "x" * 50_000}
    _, shown = rehearsed("track_event", [EVENT], mapping=long)
    assert len(shown) < 6_000
    assert "characters more)" in shown
    _, whole = rehearsed("track_event", [EVENT], as_json=True, mapping=long)
    assert "x" * 50_000 in whole


def test_what_a_plugin_prints_is_no_part_of_it(rehearsed):
    _, shown = rehearsed("track_event", [EVENT], as_json=True)
    assert "hello" not in shown


def test_a_batch_that_asks_for_json_alone_is_shown_with_all_its_events(capsys):
    with Host() as host:
        segment = host.destination("segment").connect({"write_key": "k" * 32})
        planned = plan_action(segment.destination.actions["track"], subscribe="")
        outcomes = list(Rehearsal(segment, State()).outcomes(planned, [EVENT] * 4))
    assert kinds(outcomes) == ["delivered"] * 4
    assert capsys.readouterr().out.startswith("# 4 events\n")
