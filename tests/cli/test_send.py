import gzip
import json
import re
import signal
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from threading import Event

import pytest

from portcall.cli.process.interrupts import SOON_S
from portcall.testing import Reply


def _event(name="x", **more):
    return json.dumps({"type": "track", "event": name, **more}).encode() + b"\n"


def _send(run, good, stdin, *options):
    outcome = run("send", "good", "track", "-", *good, *options, "--json", stdin=stdin)
    return outcome, json.loads(outcome.out)


def _reasons(said):
    return {reason["reason"]: (reason["count"], reason["events"]) for reason in said["reasons"]}


def _names(acme):
    return [request.json()["name"] for request in acme.requests]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Where files go that have no input to be beside."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def _notes(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_every_event_arrives_and_only_the_journal_is_left(run, good, acme, tmp_path):
    (tmp_path / "events.ndjson").write_bytes(_event("a") + _event("b"))
    outcome = run("send", "good", "track", tmp_path / "events.ndjson", *good)
    assert outcome.code == 0
    assert outcome.out.startswith("2 delivered in ")
    assert _names(acme) == ["a", "b"]
    left = sorted(path.name for path in tmp_path.glob("events*"))
    assert left == ["events.ndjson", "events.ndjson.good-track.journal"]
    assert (tmp_path / left[1]).stat().st_size < 300


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("events.json", b'[{"type": "track", "event": "a"},\n {"type": "track", "event": "b"}]'),
        ("events.csv", b"type,event\ntrack,a\ntrack,b\n"),
        ("events.ndjson.gz", gzip.compress(_event("a") + _event("b"), mtime=0)),
        ("events", b'{"type": "track", "event": "a"}\n{"type": "track", "event": "b"}'),
    ],
)
def test_files_of_every_kind_are_read(run, good, acme, tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    assert run("send", "good", "track", tmp_path / name, *good).code == 0
    assert _names(acme) == ["a", "b"]


def test_a_bad_line_is_rejected_with_its_number_and_stops_nothing(run, good, acme):
    lines = [
        b"\xef\xbb\xbf" + _event(), b"\n", b"nope\n", b"[1]\n", b'{"event": NaN}\n',
        b'\xff{"a": 1}\n', b"[" * 100_000 + b"\n", b'{"type": "track"}\n', _event().strip(),
    ]  # fmt: skip
    outcome, said = _send(run, good, b"".join(lines), "--encoding", "utf-8")
    reasons = _reasons(said)
    assert outcome.code == 1
    assert (said["delivered"], said["rejected"]) == (len(acme.requests), 6)
    assert reasons["the line is not JSON"] == (1, [3])
    assert reasons["the line has the value NaN, which is not JSON"] == (1, [5])
    assert reasons["the line is nested too deeply"] == (1, [7])
    assert reasons["the line is not a JSON object"] == (1, [4])
    assert reasons["the line is not UTF-8"] == (1, [6])
    assert any("Name" in reason and lines == [8] for reason, (_, lines) in reasons.items())


def test_what_is_rejected_is_grouped_by_reason(run, good):
    outcome, said = _send(run, good, _event() + _event("bad") * 3 + b"nope\n")
    assert outcome.code == 1
    assert (said["delivered"], said["rejected"]) == (1, 4)
    assert [reason["count"] for reason in said["reasons"]] == [3, 1]
    refused = said["reasons"][0]
    phrase = HTTPStatus(422).phrase  # since Python 3.13 that of RFC 9110
    assert refused["reason"] == f'422 {phrase}: {{"error": "event … is bad"}}'
    assert refused["events"] == [2, 3, 4]


def test_what_is_rejected_lies_beside_the_input_and_can_be_sent_again(run, good, acme, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_bytes(_event() + _event("bad", userId="u-1") + b"nope\n")
    outcome = run("send", "good", "track", events, *good)
    rejected = tmp_path / "events.ndjson.good-track.rejected.ndjson"
    assert outcome.code == 1
    assert str(rejected) in outcome.out
    assert rejected.stat().st_mode & 0o077 == 0
    bad, nope = _notes(rejected)
    assert bad["_portcall"]["line"] == 2
    assert bad["_portcall"]["outcome"] == "rejected"
    assert "422" in bad["_portcall"]["reason"]
    assert bad["userId"] == "u-1"
    assert nope["_portcall"]["text"] == "nope"
    corrected = (
        rejected.read_text().replace('"bad"', '"good"').replace("nope", '{\\"event\\": \\"n\\"}')
    )
    rejected.write_text(corrected)
    assert run("send", "good", "track", rejected, *good, "--subscribe", "").code == 0
    assert _names(acme) == ["x", "bad", "good", "n"]
    assert acme.requests[2].json().keys() == acme.requests[0].json().keys()


def test_a_second_run_never_writes_over_what_the_first_one_left(run, good, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_bytes(_event("bad"))
    for _ in range(2):
        run("send", "good", "track", events, *good, "--again")
    first = tmp_path / "events.ndjson.good-track.rejected.ndjson"
    run("send", "good", "track", first, *good)
    left = sorted(path.name for path in tmp_path.glob("events.ndjson.*.ndjson"))
    assert left == [
        "events.ndjson.good-track.rejected-2.ndjson",
        "events.ndjson.good-track.rejected-3.ndjson",
        "events.ndjson.good-track.rejected.ndjson",
    ]
    assert len(_notes(first)) == 1


def test_refused_credentials_stop_the_run_and_lose_nothing(run, good, acme, elsewhere):
    outcome, said = _send(run, (*good[:-1], "password=wrong"), _event() * 5)
    assert outcome.code == 3
    assert (said["delivered"], said["reauthorize"], said["stopped"]) == (0, 1, "authentication")
    assert len(acme.requests) == 1
    assert "Stopped, as the credentials were refused" in outcome.err
    assert len(_notes(elsewhere / "good-track.retry.ndjson")) == said["reauthorize"] + said["retry"]


def test_a_destination_out_of_reach_stops_the_run(run, good, unused_port):
    gone = (*good[:3], f"endpoint=http://127.0.0.1:{unused_port}", *good[4:], "--retry-for", "0")
    outcome, said = _send(run, gone, _event() * 50)
    assert outcome.code == 4
    assert said["stopped"] == "network"
    assert said["retry"] == said["last"] == 50  # all are kept, and none was tried after the first


def test_few_events_that_all_find_no_network_are_a_network_failure(run, good, unused_port):
    gone = (*good[:3], f"endpoint=http://127.0.0.1:{unused_port}", *good[4:], "--retry-for", "0")
    outcome, said = _send(run, gone, _event() * 2)
    assert (outcome.code, said["stopped"], said["retry"]) == (4, None, 2)


def test_a_destination_that_says_when_is_asked_again_then(run, good, acme):
    acme.route("POST", "/track", Reply(429, headers={"Retry-After": "0"}), Reply(503), Reply(204))
    outcome, said = _send(run, good, _event() * 2)
    assert (outcome.code, said["delivered"]) == (0, 2)


def test_workers_deliver_each_event_once(run, good, acme):
    events = b"".join(_event(f"e{number}") for number in range(60))
    outcome, said = _send(run, good, events, "--workers", "6")
    assert (outcome.code, said["delivered"]) == (0, 60)
    assert sorted(_names(acme)) == sorted(f"e{number}" for number in range(60))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from there")
def test_memory_does_not_grow_with_the_input(environ, good, acme, tmp_path):
    acme.route("POST", "/tracks", Reply(204))
    show = "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    script = f"import sys; from portcall.cli import main; main(sys.argv[1:]); {show}"
    padding, peaks = "x" * 5000, {}
    for count in (400, 8000):  # 2 MB and 40 MB
        events = tmp_path / f"{count}.ndjson"
        events.write_bytes(b"".join(_event(f"e{n}", context=padding) for n in range(count)))
        command = [sys.executable, "-c", script, "send", "good", "tracks", str(events), *good]
        done = subprocess.run(command, env=environ, capture_output=True, timeout=60, check=True)
        assert f"{count:,} delivered".encode() in done.stdout
        peaks[count] = int(done.stdout.split()[-1]) / 1024
    assert peaks[8000] < peaks[400] + 20
    assert peaks[8000] < 100


def test_a_rate_is_kept(run, good, acme):
    began = time.monotonic()
    _, said = _send(run, good, _event() * 11, "--rate", "20")
    assert said["delivered"] == 11
    assert time.monotonic() - began >= 0.5


def test_a_filter_and_a_mapping_of_ones_own(run, good, acme, tmp_path):
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"name": {"@template": "<{{event}}>"}}')
    stdin = _event("a") + _event("b")
    options = ("--subscribe", 'event = "b"', "--mapping", mapping)
    outcome, said = _send(run, good, stdin, *options)
    assert (outcome.code, said["skipped"]) == (0, 1)
    assert _names(acme) == ["<b>"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--subscribe", 'evnt = "b"'), "did you mean event?"),
        (("--sync-mode", "mirror"), "has no sync mode 'mirror'"),
        (("--resume", "--restart"), "give one of them"),
        (("--line", "3"), "--explain"),
    ],
)
def test_what_cannot_work_is_said_before_the_first_event(run, good, acme, options, said):
    outcome = run("send", "good", "track", "-", *good, *options, stdin=_event())
    assert outcome.code == 2
    assert said in outcome.err
    assert acme.requests == ()


def test_a_dry_run_shows_three_and_sends_none(run, good, acme, elsewhere):
    outcome = run("send", "good", "track", "-", *good, "--dry-run", stdin=_event() * 5 + b"nope\n")
    assert outcome.code == 1
    assert outcome.out.count("POST ") == 3
    assert outcome.out.count("authorization: ***") == 3
    assert "... and 2 events more" in outcome.out
    assert "5 would be delivered, 1 rejected" in outcome.out
    assert acme.requests == ()
    assert list(elsewhere.iterdir()) == []


def test_a_dry_run_as_json_shows_all_line_by_line(run, good):
    stdin = _event() * 5 + b"nope\n"
    outcome = run("send", "good", "track", "-", *good, "--dry-run", "--json", stdin=stdin)
    *requests, summary = [json.loads(line) for line in outcome.out.splitlines()]
    assert outcome.code == 1
    assert [request["method"] for request in requests] == ["POST"] * 5
    assert (summary["delivered"], summary["dry_run"]) == (5, True)


def test_one_event_is_explained(run, good, acme):
    stdin = _event("a") + _event("b", userId="u-1")
    outcome = run("send", "good", "track", "-", *good, "--explain", "--line", "2", stdin=stdin)
    assert outcome.code == 0
    assert '"b"' in outcome.out
    assert "from $.event" in outcome.out
    assert f"POST {acme.url}/track" in outcome.out
    assert "p4ss-w0rd!" not in outcome.both
    assert acme.requests == ()


def test_an_event_that_is_not_there_cannot_be_explained(run, good):
    outcome = run("send", "good", "track", "-", *good, "--explain", "--line", "9", stdin=_event())
    assert outcome.code == 2
    assert "<stdin> has no line 9" in outcome.err


def test_a_bug_of_a_plugin_stops_the_run_and_its_events_stay_to_be_sent(run, good, acme, tmp_path):
    acme.route("GET", "/things", Reply(200, json={}))
    (tmp_path / "events.ndjson").write_bytes(_event("a") + _event("b") + _event("c"))
    command = ("send", "good", "stumble", tmp_path / "events.ndjson", *good, "--workers", "1")
    outcome = run(*command)
    assert outcome.code == 2
    assert len(acme.requests) == 1
    assert "1 to be sent again" in outcome.out
    assert "Stopped: KeyError: 'things' (in action 'stumble' of plugin 'good'" in outcome.err
    assert re.search(r"portcall-good 1\.\d+.*good_cli_test\.py:\d+", outcome.err)
    assert "run the same command again" in outcome.err
    assert "Traceback" not in outcome.both
    acme.route("GET", "/things", Reply(200, json={"things": [{"name": "n"}]}))
    assert run(*command).code == 0
    assert [request.path for request in acme.requests].count("/track") == 3


def test_debug_shows_the_traceback_of_a_bug_of_a_plugin(run, good, acme):
    acme.route("GET", "/things", Reply(200, json={}))
    outcome = run("--debug", "send", "good", "stumble", "-", *good, stdin=_event())
    assert outcome.code == 2
    assert "Traceback" in outcome.err
    assert 'found = client.get("/things").json()["things"][0]' in outcome.err


def test_what_may_have_arrived_is_tried_again_if_the_operator_says_so(run, good, acme):
    acme.route("POST", "/track", Reply(500), Reply(204))
    outcome, said = _send(run, good, _event())
    assert (said["uncertain"], len(acme.requests)) == (1, 1)
    acme.route("POST", "/track", Reply(502), Reply(204))
    outcome, said = _send(run, good, _event(), "--retry-unclear")
    assert (outcome.code, said["delivered"], len(acme.requests)) == (0, 1, 3)


def test_an_unknown_action_gets_the_near_one(run, good):
    outcome = run("send", "good", "trakc", "-", *good)
    assert outcome.code == 2
    assert "did you mean 'track'?" in outcome.err


def test_a_missing_file(run, good):
    assert run("send", "good", "track", "/does/not/exist", *good).code == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_interrupted_says_what_was_done_and_goes_on_where_it_was(
    environ, good, acme, tmp_path, number
):
    def slow(request):
        time.sleep(0.02)
        return Reply(204)

    acme.route("POST", "/track", slow)
    events = tmp_path / "events.ndjson"
    events.write_bytes(b"".join(_event(f"e{n}") for n in range(300)))
    command = [sys.executable, "-m", "portcall", "send", "good", "track", str(events), *good]
    with subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        _until(lambda: len(acme.requests) > 3)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    sent = len(acme.requests)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert f"{sent} delivered".encode() in out
    assert b"run the same command again" in err
    assert sent < 300
    again = subprocess.run(
        [*command, "--json"], env=environ, capture_output=True, timeout=30, check=False
    )
    assert again.returncode == 0
    assert b"Resuming after" in again.stderr
    assert json.loads(again.stdout)["delivered"] == 300 - sent
    assert sorted(_names(acme)) == sorted(f"e{n}" for n in range(300))


def test_who_interrupts_twice_does_not_wait_and_what_was_under_way_is_uncertain(
    environ, good, acme, tmp_path
):
    held = Event()
    acme.route("POST", "/track", lambda _: (held.wait(15), Reply(204))[1])
    events = tmp_path / "events.ndjson"
    events.write_bytes(b"".join(_event(f"e{n}") for n in range(20)))
    command = [sys.executable, "-m", "portcall", "send", "good", "track", str(events), *good]
    with subprocess.Popen(
        [*command, "--workers=3"], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        _until(lambda: len(acme.requests) == 3)
        process.send_signal(signal.SIGINT)
        _until(lambda: b"repeat to stop" in process.stderr.readline())
        process.send_signal(signal.SIGINT)  # so soon it is the same wish
        time.sleep(SOON_S)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 10
    held.set()
    again = subprocess.run(
        [*command, "--json"], env=environ, capture_output=True, timeout=30, check=False
    )
    said = json.loads(again.stdout)
    assert (said["delivered"], said["uncertain"]) == (17, 3)
    assert sorted(_names(acme)) == sorted(f"e{n}" for n in range(20))
    uncertain = _notes(tmp_path / "events.ndjson.good-track.uncertain.ndjson")
    assert {each["event"] for each in uncertain} == {"e0", "e1", "e2"}


def test_a_run_that_could_not_begin_leaves_nothing_behind(run, good, tmp_path):
    events = tmp_path / "events.csv"
    events.write_bytes(b"a,a\n1,2\n")
    outcome = run("send", "good", "track", events, *good)
    assert outcome.code == 2
    assert [path.name for path in tmp_path.glob("events*")] == ["events.csv"]


def test_a_pipe_that_says_nothing_more_does_not_keep_ctrl_c_waiting(environ, good, acme):
    acme.route("POST", "/track", Reply(204))
    command = [sys.executable, "-m", "portcall", "send", "good", "track", "-", *good]
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdin.write(_event("only"))
        process.stdin.flush()
        _until(lambda: len(acme.requests) == 1)
        process.send_signal(signal.SIGINT)
        _until(lambda: process.poll() is not None)
        out, err = process.communicate()
    assert process.returncode == 130
    assert b"1 delivered" in out
    assert b"Traceback" not in err


def _until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_an_input_that_breaks_ends_the_run_with_its_reason(run, good, acme, tmp_path):
    packed = tmp_path / "events.json"
    packed.write_bytes(b"[" + (_event("a") + b",") * 2000)
    outcome = run("send", "good", "track", packed, *good, "--json")
    assert outcome.code == 2
    assert json.loads(outcome.out)["stopped"] == "broken"
    assert "Stopped: " in outcome.err
    assert "events.json" in outcome.err


@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are UTF-8")
def test_names_of_files_and_folders_that_are_not_utf8(run, good, acme, tmp_path):
    folder = tmp_path / "d\udce9"
    folder.mkdir()
    (folder / "caf\udce9.ndjson").write_bytes(_event("a") + b"{\n")
    words = ("send", "good", "track", folder / "caf\udce9.ndjson", *good)
    outcome = run(*words)
    assert (outcome.code, _names(acme)) == (1, ["a"])
    assert r"caf\udce9.ndjson.good-track.rejected.ndjson" in outcome.out
    assert "Nothing to send" in run(*words).out
    outcome = run(*words, "--state", folder / "st\udce9", "--json")
    assert (outcome.code, json.loads(outcome.out)["repeated"]) == (1, 0)
    assert run(*words, "--state", folder / "st\udce9", "--again", "--processes", "2").code == 1
    assert _names(acme) == ["a", "a", "a"]
