"""What a run with a state folder remembers of single events, seen at the receiver."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portcall import SettingsError, runs
from portcall.runs import subscription_run
from portcall.runs.ledger.ledger_file import FILE_NAME, Ledger
from portcall.runs.ledger.log import read_log
from portcall.testing import Reply


@pytest.fixture
def extract(tmp_path):
    """Write an input by the ids of its events."""

    def write(name, *ids):
        path = tmp_path / name
        lines = (json.dumps({"type": "track", "event": each, "messageId": each}) for each in ids)
        path.write_text("".join(f"{line}\n" for line in lines))
        return path

    return write


@pytest.fixture
def start(connection, tmp_path):
    """Run to the end with the state folder of the test."""

    def start(path, action="one", **how):
        run = runs.start(
            connection=connection, action=action, input=path, state=tmp_path / "state", **how
        )
        return run.report

    return start


@pytest.fixture
def log(tmp_path):
    """Ask the ledger: ``log("m-1")`` is a list of outcomes, the newest first."""

    def ask(key=None, **how):
        with Ledger(tmp_path / "state" / FILE_NAME) as ledger:
            return list(read_log(ledger, key=key, **how))

    return ask


@pytest.mark.parametrize("action", ["one", "track"])
def test_overlapping_extracts_send_each_event_once(start, extract, sent, action):
    first = start(extract("monday.ndjson", "a", "b", "c"), action)
    second = start(extract("tuesday.ndjson", "b", "c", "d", "d"), action)
    assert sent == {"a": 1, "b": 1, "c": 1, "d": 1}
    assert (first.delivered, first.repeated) == (3, 0)
    assert (second.delivered, second.repeated) == (1, 3)
    again = start(extract("tuesday.ndjson", "b", "c", "d"), action, restart=True)
    assert (again.delivered, again.repeated) == (3, 0)


def test_no_event_is_lost_where_much_is_under_way(start, extract, sent, monkeypatch):
    monkeypatch.setattr(subscription_run, "HELD_BYTES", 200)
    names = [f"e{number}" for number in range(100)]
    assert start(extract("monday.ndjson", *names)).delivered == 100
    assert sent == dict.fromkeys(names, 1)


def test_each_subscription_and_each_connection_remembers_for_itself(start, extract, sent):
    start(extract("monday.ndjson", "a"), "one")
    start(extract("tuesday.ndjson", "a"), "put")
    assert sent == {"a": 2}


def test_an_event_is_sent_again_when_its_window_is_over(start, extract, sent, tmp_path):
    start(extract("monday.ndjson", "a"))
    with Ledger(tmp_path / "state" / FILE_NAME) as ledger:
        list(ledger.query("UPDATE events SET at = at - 3600"))
    start(extract("tuesday.ndjson", "a"), window_s=7200)
    assert sent == {"a": 1}
    start(extract("wednesday.ndjson", "a"), window_s=1800)
    assert sent == {"a": 2}


def test_another_key_is_remembered_where_the_operator_names_one(start, tmp_path, sent):
    path = tmp_path / "orders.ndjson"
    orders = [("a", 7), ("b", 7), ("c", 8), ("d", None), ("e", None)]
    lines = ({"type": "track", "event": n, "properties": {"order": o}} for n, o in orders)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    report = start(path, key="$.properties.order")
    assert sent == {"a": 1, "c": 1, "d": 1, "e": 1}
    assert report.repeated == 1


def test_the_log_says_when_an_event_went_and_what_was_said(start, extract, sent, log):
    sent.answer = lambda name: Reply(422, json={"error": f"no {name}"}) if name == "b" else Reply()
    before = datetime.now(UTC) - timedelta(seconds=1)
    start(extract("monday.ndjson", "a", "b"))
    [a], [b] = log("a"), log("b")
    assert (a.outcome, a.reason, a.connection, a.subscription) == ("delivered", "", "shop", "one")
    assert (a.unit, a.number) == ("line", 1)
    assert before <= a.at <= datetime.now(UTC)
    assert (b.outcome, b.number) == ("rejected", 2)
    assert "no b" in b.reason
    assert log("c") == []
    assert [each.number for each in log(since=before)] == [2, 1]
    assert [each.number for each in log(outcome="rejected")] == [2]
    assert log(since=datetime.now(UTC) + timedelta(seconds=2)) == []
    assert log(connection="elsewhere") == []


def test_what_was_rejected_is_sent_when_it_was_corrected(start, extract, sent, log):
    sent.answer = lambda name: Reply(422)
    report = start(extract("monday.ndjson", "a"))
    sent.answer = lambda name: Reply(204)
    assert start(report.dead_letters["rejected"]).delivered == 1
    assert [each.outcome for each in log("a")] == ["delivered", "rejected"]


def test_neither_keys_nor_bodies_nor_secrets_are_in_the_ledger(start, extract, sent, tmp_path):
    sent.answer = lambda name: Reply(422, json={"error": "not with k3y-s3cret"})
    start(extract("monday.ndjson", "ada@example.com"))
    held = b"".join(path.read_bytes() for path in (tmp_path / "state").glob(f"{FILE_NAME}*"))
    assert b"not with ***" in held
    assert b"k3y-s3cret" not in held
    assert b"ada@" not in held
    assert (tmp_path / "state" / FILE_NAME).stat().st_mode & 0o077 == 0


def test_the_oldest_events_are_forgotten_when_there_are_too_many(
    start, extract, sent, log, tmp_path
):
    start(extract("monday.ndjson", *(f"m{n}" for n in range(50))))
    with Ledger(tmp_path / "state" / FILE_NAME) as ledger:
        assert ledger.forget(0, most=20) == 30
    assert [each.number for each in log()] == list(range(50, 30, -1))


KILLED = """
import sys
from portcall import Host, runs
from types import SimpleNamespace
import runpy
shop = SimpleNamespace(**runpy.run_path(sys.argv[1]))
with Host(plugins={"shop": shop}, allow_private=["127.0.0.1"]) as host:
    opened = host.destination("shop").connect({"endpoint": sys.argv[2]})
    runs.start(connection=opened, action=sys.argv[3], input=sys.argv[4], state=sys.argv[5]).report
"""


@pytest.mark.parametrize("action", ["one", "put"])
def test_an_event_that_a_killed_run_may_have_sent_is_never_sent_again_silently(
    start, extract, sent, log, tmp_path, peer, action
):
    monday = extract("monday.ndjson", "a", "b", "c")
    process = []

    def answer(name):
        if name == "b" and process and sent["b"] == 1:
            os.kill(process[0].pid, signal.SIGKILL)
        return Reply(204)

    sent.answer = answer
    sent.delay_s = 0.1
    shop = Path(__file__).with_name("shop.py")
    words = [sys.executable, "-c", KILLED, shop, peer.url, action, monday, tmp_path / "state"]
    process.append(subprocess.Popen(words))
    assert process[0].wait(30) == -signal.SIGKILL
    sent.delay_s = 0
    # The same input: the journal knows what was on its way. Another one: the ledger does.
    other = start(extract("tuesday.ndjson", "b", "d"), action)
    if action == "one":
        assert sent["b"] == 1
        assert (other.delivered, other.uncertain) == (1, 1)
        assert [each.outcome for each in log("b")] == ["uncertain"]
    else:  # putting it twice does no harm
        assert sent["b"] == 2
        assert (other.delivered, other.resent) == (2, 1)
    start(monday, action)
    assert sent == {"a": 1, "b": 2 if action == "put" else 1, "c": 1, "d": 1}
    assert [each.outcome for each in log("a")] == ["delivered"]
    assert [each.outcome for each in log("c")] == ["delivered"]


def test_what_was_read_and_not_sent_may_be_sent_by_another_run(start, extract, sent, connection):
    sent.answer = lambda name: Reply(401)
    report = start(extract("monday.ndjson", *"abcdef"))
    assert report.stopped == "authentication"
    sent.answer = lambda name: Reply(204)
    assert start(extract("tuesday.ndjson", *"abcdef")).delivered == 6
    assert start(extract("monday.ndjson", *"abcdef")).repeated == 6


def test_uncertain_events_are_sent_again_only_with_actions_that_may_be_repeated(
    start, extract, sent
):
    path = extract("monday.ndjson", "a")
    with pytest.raises(SettingsError, match="'one' does not"):
        start(path, "one", resend_uncertain=True)
    assert not sent
    sent.answer = lambda name: Reply(500)
    report = start(path, "one")
    assert report.uncertain == 1
    sent.answer = lambda name: Reply(204)
    # Sent by hand, after a look at the destination.
    assert start(report.dead_letters["uncertain"], "one").delivered == 1
