"""``portcall send --state``, and ``portcall log``."""

import json

import pytest

from portcall.testing import Reply


@pytest.fixture
def sent(run, good, acme, tmp_path):
    """Send three events with a state folder, one of which is refused; return the folder."""

    def track(request):
        is_bad = request.json()["name"] == "e1"
        return Reply(422, json={"error": "no e1"}) if is_bad else Reply(204)

    acme.route("POST", "/track", track)
    path = tmp_path / "monday.ndjson"
    path.write_text("".join(_line(number) for number in range(3)))
    state = tmp_path / "state"
    assert run("send", "good", "track", path, *good, "--state", state).code == 1
    return state


def _line(number):
    return json.dumps({"type": "track", "event": f"e{number}", "messageId": f"m-{number}"}) + "\n"


def test_the_log_says_of_one_event_whether_it_went_and_what_was_said(run, sent, tmp_path):
    [event] = json.loads(run("log", "--state", sent, "--id", "m-1", "--json").out)["events"]
    assert event["outcome"] == "rejected"
    assert "no e1" in event["reason"]
    assert (event["unit"], event["number"]) == ("line", 2)
    assert event["input"] == str(tmp_path / "monday.ndjson")
    assert event["at"].endswith("Z")
    said = run("log", "--id", "m-0", env={"PORTCALL_STATE": str(sent)})
    assert said.code == 0
    assert "delivered" in said.out
    none = run("log", "--state", sent, "--id", "m-9")
    assert (none.code, none.out) == (1, "No such event is remembered.\n")


def test_the_log_is_asked_by_time_outcome_and_connection(run, sent):
    def numbers(*options):
        said = json.loads(run("log", "--state", sent, "--json", *options).out)
        return [event["number"] for event in said["events"]]

    assert numbers() == [3, 2, 1]
    assert numbers("--since", "1h") == [3, 2, 1]
    assert numbers("--since", "2999-01-01") == []
    assert numbers("--outcome", "delivered", "--limit", "1") == [3]
    assert numbers("--connection", "good") == [3, 2, 1]
    assert numbers("--connection", "else") == []


def test_what_was_delivered_is_not_sent_again_from_another_file(run, good, sent, acme, tmp_path):
    path = tmp_path / "tuesday.ndjson"
    path.write_text("".join(_line(number) for number in (2, 3)))
    outcome = run("send", "good", "track", path, *good, "--state", sent)
    assert "1 delivered" in outcome.out
    assert "1 were sent before" in outcome.out
    assert len(acme.requests) == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--state", "nowhere"], "does not exist"),
        ([], "--state"),
        (["--since", "soon"], "such as 7d"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(run, sent, options, said):
    given = ["--state", sent, *options] if options and options[0] != "--state" else options
    outcome = run("log", *given)
    assert outcome.code == 2
    assert said in outcome.err
