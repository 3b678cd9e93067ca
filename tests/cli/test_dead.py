"""``portcall dead``: the files of events that were not delivered."""

import json

import pytest

from portcall.testing import Reply


@pytest.fixture
def refused():
    """Return what the server says to some of the events."""
    return {"e1": "too old", "e2": "too old", "e4": "no such user"}


@pytest.fixture
def letters(run, good, acme, tmp_path, refused):
    """Have events refused for several reasons; return the file that holds them."""

    def track(request):
        name = request.json()["name"]
        return Reply(422, json={"error": refused[name]}) if name in refused else Reply(204)

    acme.route("POST", "/track", track)
    path = tmp_path / "events.ndjson"
    lines = [{"type": "track", "event": f"e{number}"} for number in range(6)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "no event\n")
    assert run("send", "good", "track", path, *good).code == 1
    return tmp_path / "events.ndjson.good-track.rejected.ndjson"


def _names(path):
    return [json.loads(line).get("event") for line in path.read_bytes().splitlines()]


def test_events_are_counted_by_outcome_and_reason(run, letters):
    outcome = run("dead", "list", letters, "--json")
    assert outcome.code == 0, outcome
    groups = json.loads(outcome.out)["groups"]
    assert [(group["outcome"], group["count"]) for group in groups] == [
        ("rejected", 2), ("rejected", 1), ("rejected", 1)
    ]  # fmt: skip
    assert "too old" in groups[0]["reason"]
    assert groups[0]["first"][0] == {"file": str(letters), "line": 1, "in": "file"}
    assert "too old" in run("dead", "list", letters.parent).out
    assert run("dead", "list", letters, "--reason", "martian").out == "No dead letters match.\n"


def test_events_are_shown_with_their_reason(run, letters):
    said = run("dead", "show", letters, "--reason", "NO SUCH").out
    assert f"{letters}:3 rejected" in said
    assert '"event": "e4"' in said
    outcome = run("dead", "show", letters, "--limit", "2", "--json")
    assert [json.loads(line)["event"]["event"] for line in outcome.out.splitlines()] == ["e1", "e2"]
    assert "There are more" in outcome.err


def test_those_that_are_chosen_are_dropped_when_that_is_meant(run, letters):
    assert run("dead", "drop", letters, "--reason", "too old", stdin=b"n\n").code != 0
    assert _names(letters) == ["e1", "e2", "e4", None]
    outcome = run("dead", "drop", letters, "--reason", "too old", "--yes", "--json")
    assert json.loads(outcome.out) == {"dropped": 2, "dry_run": False}
    assert _names(letters) == ["e4", None]
    run("dead", "drop", letters, "--yes")
    assert not letters.exists()


def test_those_that_are_chosen_are_sent_again_and_the_others_stay(run, good, letters, refused):
    del refused["e1"]
    outcome = run("dead", "retry", "good", "track", letters, "--reason", "too old", *good, "--json")
    said = json.loads(outcome.out)
    assert (outcome.code, said["delivered"], said["rejected"]) == (1, 1, 1)
    assert _names(letters) == ["e4", None]
    [again] = letters.parent.glob("*.rejected-*.ndjson")
    assert _names(again) == ["e2"]
    assert not list(letters.parent.glob("*rejected*journal"))


def test_a_file_that_is_no_file_of_dead_letters_is_left_alone(run, letters):
    events = letters.parent / "events.ndjson"
    before = events.read_bytes()
    outcome = run("dead", "drop", events, "--yes")
    assert outcome.code == 2
    assert "not a file of dead letters" in outcome.err
    assert events.read_bytes() == before
