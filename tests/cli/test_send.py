import json
import signal
import subprocess
import sys
import time

import pytest

from portcall.cli.delivery import Delivery
from portcall.cli.lines import Line, read_lines
from portcall.cli.progress import progress
from portcall.cli.state import State
from portcall.cli.tally import MAX_REASONS, OTHER, Tally
from portcall.testing import Reply


def _event(name="x"):
    return json.dumps({"type": "track", "event": name}).encode() + b"\n"


def _send(run, good, stdin, *options):
    outcome = run("send", "good", "track", "-", *good, *options, "--json", stdin=stdin)
    return outcome, json.loads(outcome.out)


def _reasons(said):
    return {reason["reason"]: (reason["count"], reason["lines"]) for reason in said["reasons"]}


def test_every_event_arrives(run, good, acme, tmp_path):
    (tmp_path / "events.ndjson").write_bytes(_event("a") + _event("b"))
    outcome = run("send", "good", "track", tmp_path / "events.ndjson", *good)
    assert outcome.code == 0
    assert outcome.out.startswith("2 sent, 0 failed in ")
    assert [request.json()["name"] for request in acme.requests] == ["a", "b"]


def test_a_bad_line_is_counted_with_its_number_and_stops_nothing(run, good, acme):
    lines = [
        b"\xef\xbb\xbf" + _event(), b"\n", b"nope\n", b"[1]\n", b'{"event": 7e999}\n',
        b'\xff{"a": 1}\n', b"[" * 100_000 + b"\n", b'{"type": "track"}\n', _event().strip(),
    ]  # fmt: skip
    outcome, said = _send(run, good, b"".join(lines))
    reasons = _reasons(said)
    assert outcome.code == 1
    assert (said["sent"], said["last_line"]) == (len(acme.requests), 9)
    assert reasons["the line is not JSON"] == (2, [3, 7])
    assert reasons["the line is not a JSON object"] == (1, [4])
    assert reasons["the line is not UTF-8"] == (1, [6])
    assert any("Name" in reason and lines == [8] for reason, (_, lines) in reasons.items())


def test_what_is_refused_is_grouped_by_reason(run, good):
    outcome, said = _send(run, good, _event() + _event("bad") * 3 + b"nope\n")
    assert outcome.code == 1
    assert (said["sent"], said["failed"]) == (1, 4)
    assert [reason["count"] for reason in said["reasons"]] == [1, 1, 1, 1]
    assert said["reasons"][0]["reason"].startswith(
        '422 Unprocessable Entity: {"error": "event 2 is'
    )


def test_reasons_that_always_differ_take_no_more_memory():
    tally = Tally()
    for number in range(500):
        tally.fail(number, f"reason {number}", "same in short")
    assert len(tally.groups) <= MAX_REASONS + 1
    assert sum(group.count for group in tally.groups.values()) == 500
    assert tally.groups[OTHER].count + tally.groups.get("same in short", tally.groups[OTHER]).count


def test_refused_credentials_stop_the_run(run, good, acme):
    outcome, said = _send(run, (*good[:-1], "password=wrong"), _event() * 5)
    assert outcome.code == 3
    assert (said["sent"], said["failed"], said["stopped"]) == (0, 1, "authentication")
    assert len(acme.requests) == 1
    assert "Stopped at line 1" in outcome.err
    assert "no line after it was tried" in outcome.err


def test_a_destination_out_of_reach_stops_the_run(run, good, unused_port):
    gone = (*good[:3], f"endpoint=http://127.0.0.1:{unused_port}", *good[4:])
    outcome, said = _send(run, gone, _event() * 50)
    assert outcome.code == 4
    assert (said["failed"], said["stopped"]) == (10, "network")


def test_few_events_that_all_find_no_network_are_a_network_failure(run, good, unused_port):
    gone = (*good[:3], f"endpoint=http://127.0.0.1:{unused_port}", *good[4:])
    outcome, said = _send(run, gone, _event() * 2)
    assert (outcome.code, said["stopped"]) == (4, None)


def test_a_destination_that_says_when_is_asked_again_then(run, good, acme):
    acme.route("POST", "/track", Reply(429, headers={"Retry-After": "0"}), Reply(503), Reply(204))
    outcome, said = _send(run, good, _event() * 2)
    assert (said["sent"], said["failed"]) == (1, 1)
    assert outcome.code == 1


def test_the_failed_lines_can_be_sent_again(run, good, tmp_path):
    again = tmp_path / "failed.ndjson"
    outcome, _ = _send(run, good, _event() + _event("bad") + b"nope\n", "--failed", again)
    assert outcome.code == 1
    assert again.read_bytes() == _event("bad") + b"nope\n"


def test_the_failed_lines_never_overwrite_the_input(run, good, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_bytes(_event("bad"))
    outcome = run("send", "good", "track", events, *good, "--failed", events)
    assert outcome.code == 2
    assert events.read_bytes() == _event("bad")


def test_workers_deliver_each_event_once(run, good, acme):
    events = b"".join(_event(f"e{number}") for number in range(60))
    outcome, said = _send(run, good, events, "--workers", "6")
    assert (outcome.code, said["sent"]) == (0, 60)
    names = [request.json()["name"] for request in acme.requests]
    assert sorted(names) == sorted(f"e{number}" for number in range(60))


def test_a_dry_run_shows_three_and_sends_none(run, good, acme):
    outcome = run("send", "good", "track", "-", *good, "--dry-run", stdin=_event() * 5)
    assert outcome.code == 0
    assert outcome.out.count("POST ") == 3
    assert outcome.out.count("authorization: ***") == 3
    assert "... and 2 events more" in outcome.out
    assert "5 would be sent, 0 failed" in outcome.out
    assert acme.requests == ()


def test_a_dry_run_as_json_shows_all_line_by_line(run, good):
    stdin = _event() * 5 + b"nope\n"
    outcome = run("send", "good", "track", "-", *good, "--dry-run", "--json", stdin=stdin)
    *requests, summary = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 1
    assert [request["method"] for request in requests] == ["POST"] * 5
    assert (summary["sent"], summary["dry_run"]) == (5, True)


def test_a_dry_run_of_an_action_that_needs_an_answer_shows_what_comes_before(run, good, acme):
    outcome = run("send", "good", "stumble", "-", *good, "--dry-run", stdin=_event())
    assert (outcome.code, acme.requests) == (0, ())
    assert f"GET {acme.url}/things" in outcome.out


def test_an_exception_of_an_action_is_one_failed_event(run, good, acme):
    acme.route("GET", "/things", Reply(200, json={}))
    outcome = run("send", "good", "stumble", "-", *good, "--json", stdin=_event() * 2)
    said = json.loads(outcome.out)
    assert outcome.code == 1
    assert _reasons(said) == {"KeyError: 'things' (out of the action)": (2, [1, 2])}


def test_an_unknown_action_gets_the_near_one(run, good):
    outcome = run("send", "good", "trakc", "-", *good)
    assert outcome.code == 2
    assert "did you mean 'track'?" in outcome.err


def test_a_missing_file(run, good):
    assert run("send", "good", "track", "/does/not/exist", *good).code == 2


def test_ctrl_c_says_what_was_done(environ, good, acme):
    def slow(_):
        time.sleep(0.05)
        return Reply(204)

    acme.route("POST", "/track", slow)
    command = [sys.executable, "-m", "portcall", "send", "good", "track", "-", *good]
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdin.write(_event() * 500)
        process.stdin.flush()
        ends = time.monotonic() + 20
        while len(acme.requests) < 3 and time.monotonic() < ends:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"0 failed in" in out
    assert b"Interrupted after line" in err
    assert b"Traceback" not in err


class Growing:
    """Input without end, in constant memory."""

    def __init__(self, lines):
        self.left = lines

    def readline(self, size):
        assert size < 10_000_000
        self.left -= 1
        return b'{"event": "x"}\n' if self.left >= 0 else b""


def test_memory_does_not_grow_with_the_input():
    import tracemalloc

    delivery = Delivery(lambda _: None, State())
    delivery.run(read_lines(Growing(1000)))
    tracemalloc.start()
    delivery.run(read_lines(Growing(20_000)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert delivery.tally.sent == 21_000
    assert peak < 200_000


def test_a_line_that_is_too_long_is_passed_over():
    import io

    stream = io.BytesIO(b'{"a": "' + b"x" * 5000 + b'"}\n{"b": 1}\n')
    lines = list(read_lines(stream, longest=100))
    assert [(line.number, line.event) for line in lines] == [(1, None), (2, {"b": 1})]
    assert lines[0].reason == "the line is longer than 100 bytes"


def test_without_a_terminal_there_is_one_line_in_ten_seconds(capsys, monkeypatch):
    from portcall.cli import progress as module

    now = iter([0.0, 4.0, 10.5, 12.0, 20.6])
    monkeypatch.setattr(module, "monotonic", lambda: next(now))
    with progress("x") as tick:
        for sent in (1, 2, 3, 4):
            tick(Tally(sent=sent, took_s=1.0))
    assert capsys.readouterr().err.splitlines() == [
        "10 s: 2 sent, 0 failed, 2/s",
        "21 s: 4 sent, 0 failed, 4/s",
    ]


@pytest.mark.parametrize("workers", [1, 4])
def test_an_input_that_breaks_ends_the_run_with_its_reason(workers):
    def lines():
        yield Line(1, {})
        raise OSError(5, "Input/output error")

    delivery = Delivery(lambda _: None, State())
    delivery.run(lines(), workers)
    assert delivery.tally.sent == 1
    assert delivery.tally.stopped == "broken"
    assert isinstance(delivery.fatal, OSError)
