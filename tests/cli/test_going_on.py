"""What a run goes on with, what it refuses to go on with, and what it keeps of a pipe."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from subprocess import PIPE
from threading import Thread

import pytest

from portcall.cli.process.interrupts import SOON_S
from portcall.testing import Reply

PIPELINE = 'connection = "good"\n'
SUBSCRIPTION = '[[subscriptions]]\nname = "{}"\naction = "{}"\n'


@pytest.fixture
def sent(acme):
    """How often each event arrived; ``sent.answer`` says what is answered, and how soon."""

    class Sent(Counter):
        delay_s = 0.0

        @staticmethod
        def answer(_):
            return Reply(204)

    counts = Sent()

    def track(request):
        held = request.json()
        names = [each["name"] for each in (held if isinstance(held, list) else [held])]
        counts.update(names)
        time.sleep(counts.delay_s)
        return counts.answer(names[0])

    acme.route("POST", "/track", track)
    acme.route("POST", "/tracks", track)
    return counts


@pytest.fixture
def begin(start, good):
    """Start a command with the connection's options."""
    return lambda *words, **more: start(*words, *good, **more)


def _events(path, numbers, **more):
    path.write_text("".join(_line(number, **more) for number in numbers))
    return path


def _line(number, **more):
    return json.dumps({"type": "track", "event": f"e{number}", **more}) + "\n"


def _until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def _kept(folder):
    """Return what the files of a run hold: names of events, with kind and subscription."""
    found = []
    for path in folder.glob("*.ndjson"):
        for line in path.read_bytes().splitlines():
            event = json.loads(line)
            if note := event.get("_portcall"):
                found.append((event["event"], note["outcome"], note.get("subscription", "")))
    return found


def test_a_run_does_not_go_on_with_another_filter_unless_that_is_meant(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(4))
    sent.answer = lambda _: Reply(503)
    once = ("--retry-for", "0")
    run("send", "good", "track", events, *good, *once, "--subscribe", 'event = "e3"')
    sent.answer = lambda _: Reply(204)
    other = ("--subscribe", 'event != "e3"')
    refused = run("send", "good", "track", events, *good, *once, *other)
    assert refused.code == 2
    assert "'track' has changed since" in refused.err
    assert "--resume" in refused.err
    assert sent == {"e3": 1}
    meant = run("send", "good", "track", events, *good, *once, *other, "--resume")
    assert (meant.code, sent) == (0, {"e3": 1})


def test_a_run_does_not_go_on_with_another_account(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(2))
    sent.answer = lambda _: Reply(503)
    run("send", "good", "track", events, *good, "--retry-for", "0")
    elsewhere = run("send", "good", "track", events, *good, "--set", "region=us")
    assert elsewhere.code == 2
    assert "connection" in elsewhere.err
    sent.answer = lambda _: Reply(204)
    secret = run("send", "good", "track", events, *good, "--set", "note=n3w-s3cret-n0te")
    assert secret.code == 0  # a new secret is the same account


def test_events_of_a_subscription_that_is_gone_are_not_forgotten(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(2))
    pipeline = tmp_path / "shop.toml"
    both = PIPELINE + SUBSCRIPTION.format("A", "track") + SUBSCRIPTION.format("B", "tracks")
    pipeline.write_text(both)
    sent.answer = lambda _: Reply(503)
    run("run", pipeline, events, *good, "--retry-for", "0")
    pipeline.write_text(PIPELINE + SUBSCRIPTION.format("B", "tracks"))
    refused = run("run", pipeline, events, *good)
    assert refused.code == 2
    assert "a subscription 'A'" in refused.err
    assert list(tmp_path.glob("*.journal"))
    pipeline.write_text(both)
    sent.answer = lambda _: Reply(204)
    assert run("run", pipeline, events, *good).code == 0


def test_a_run_needs_no_home(environ, good, acme, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(3))
    nowhere = tmp_path / "file"
    nowhere.touch()
    command = [sys.executable, "-m", "portcall", "send", "good", "track", str(events), *good]
    done = subprocess.run(
        command,
        env={**environ, "PORTCALL_HOME": str(nowhere / "home"), "TMPDIR": str(tmp_path)},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(acme.requests) == 3


def test_another_folder_does_not_begin_anew(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(2))
    sent.answer = lambda _: Reply(503)
    run("send", "good", "track", events, *good, "--retry-for", "0")
    (tmp_path / "other").mkdir()
    outcome = run("send", "good", "track", events, *good, "--folder", tmp_path / "other")
    assert outcome.code == 2
    assert "has its journal beside the input" in outcome.err


def test_an_input_that_has_changed_is_seen_however_early_the_run_was_killed(begin, sent, tmp_path):
    sent.delay_s = 0.003
    events = _events(tmp_path / "events.ndjson", range(500))
    first = begin("send", "good", "track", events, "--workers", "1")
    _until(lambda: len(sent) > 50)
    first.kill()
    first.communicate()
    _events(events, range(10, 500))
    count = len(sent)
    second = begin("send", "good", "track", events)
    _, err = second.communicate(timeout=20)
    assert second.returncode == 2
    assert b"has changed" in err
    assert len(sent) == count


def test_what_is_never_sent_is_written_down_once_however_the_run_ends(begin, good, acme, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_text('{"type": "track"}\n' * 60)
    left = tmp_path / "events.ndjson.good-track.rejected.ndjson"
    first = begin("send", "good", "track", events, "--rate", "60")
    _until(lambda: left.exists() and left.read_bytes().count(b"\n") >= 10)
    first.kill()
    first.communicate()
    begin("send", "good", "track", events).communicate(timeout=20)
    lines = [json.loads(line)["_portcall"]["line"] for line in left.read_bytes().splitlines()]
    assert sorted(lines) == list(range(1, 61))


def test_what_an_operator_has_to_allow_is_no_fault_of_an_event(run, good, acme, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(50))
    refused = run("send", "good", "track", events, *good[2:])
    assert refused.code in {2, 4}
    assert "--allow-" in refused.err
    assert _kept(tmp_path) == []
    assert run("send", "good", "track", events, *good).code == 0
    assert len(acme.requests) == 50


def test_a_url_that_an_event_made_is_the_fault_of_that_event(run, good, acme, tmp_path):
    for name in ("a", "b"):
        acme.route("POST", f"/places/{name}", Reply(204))
    events = tmp_path / "events.ndjson"
    events.write_text('{"event": ".."}\n{"event": "a"}\n{"event": "b"}\n')
    outcome = run("send", "good", "put", events, *good)
    assert outcome.code == 1
    assert [request.path for request in acme.requests] == ["/places/a", "/places/b"]
    assert [(name, kind) for name, kind, _ in _kept(tmp_path)] == [("..", "rejected")]


def test_a_limit_on_rejected_events_ends_the_run(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(50))
    sent.answer = lambda _: Reply(404)
    outcome = run("send", "good", "track", events, *good, "--max-rejected", "5", "--workers", "1")
    assert outcome.code == 1
    assert "as the limit of rejected events was reached" in outcome.err
    assert 5 <= len(sent) < 10
    sent.answer = lambda _: Reply(204)
    assert run("send", "good", "track", events, *good).code == 1  # five are still in the file
    assert sent == {f"e{n}": 1 for n in range(50)}


def test_a_bad_batch_that_is_sent_in_parts_heeds_the_end(begin, sent, tmp_path):
    sent.answer = lambda _: Reply(400)
    sent.delay_s = 0.02
    events = _events(tmp_path / "events.ndjson", range(500))
    process = begin("send", "good", "tracks", events, "--workers", "1")
    _until(lambda: len(sent) >= 50)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    process.communicate(timeout=20)
    assert process.returncode == 130
    assert time.monotonic() - began < 3
    sent.answer = lambda _: Reply(204)
    again = begin("send", "good", "tracks", events, "--json")
    said = json.loads(again.communicate(timeout=20)[0])
    assert said["uncertain"] == 0


def _piped(begin, sent, lines, signals, *more, delay_s=0.2):
    sent.delay_s = delay_s
    process = begin("send", "good", "track", "-", *more, stdin=PIPE)
    process.stdin.write("".join(map(_line, range(lines))).encode())
    process.stdin.flush()
    _until(lambda: len(sent) >= 2)
    for number in range(signals):
        if number:
            time.sleep(SOON_S + 0.1)
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130


def test_of_a_pipe_that_is_interrupted_everything_that_was_read_is_kept(begin, sent, tmp_path):
    _piped(begin, sent, 400, 1, "--workers", "1")
    kept = _kept(tmp_path)
    assert Counter(kind for _, kind, _ in kept) == {"retry": 400 - len(sent)}
    assert {name for name, *_ in kept} | sent.keys() == {f"e{n}" for n in range(400)}


def test_of_a_pipe_that_is_broken_off_only_what_was_begun_is_uncertain(begin, sent, tmp_path):
    _piped(begin, sent, 400, 2, "--workers", "4", delay_s=3)
    kept = _kept(tmp_path)
    assert {name for name, kind, _ in kept if kind == "uncertain"} == sent.keys()
    assert len(kept) == 400 == len({name for name, *_ in kept})


def test_of_a_pipe_whose_destination_refuses_everything_is_kept(begin, sent, tmp_path):
    sent.answer = lambda _: Reply(401)
    process = begin("send", "good", "track", "-", stdin=PIPE)
    process.communicate("".join(map(_line, range(500))).encode(), timeout=30)
    assert process.returncode == 3
    assert {name for name, *_ in _kept(tmp_path)} == {f"e{n}" for n in range(500)}


def test_every_subscription_keeps_what_the_other_one_has_read(begin, sent, tmp_path):
    sent.delay_s = 1.0
    pipeline = tmp_path / "shop.toml"
    pipeline.write_text(
        PIPELINE + SUBSCRIPTION.format("A", "track") + SUBSCRIPTION.format("B", "tracks")
    )
    process = begin("run", pipeline, "-", stdin=PIPE)
    process.stdin.write("".join(map(_line, range(200))).encode())
    process.stdin.flush()
    _until(lambda: len(sent) >= 50)
    process.send_signal(signal.SIGINT)
    time.sleep(SOON_S + 0.1)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    kept = {name: {n for n, _, of in _kept(tmp_path) if of == name} for name in "AB"}
    everything = {f"e{n}" for n in range(200)}
    assert everything - kept["A"] <= sent.keys()
    assert everything - kept["B"] <= sent.keys()
    assert len(kept["A"]) >= 190


def test_two_signals_that_come_together_are_one_wish(begin, sent, tmp_path):
    sent.delay_s = 0.5
    events = _events(tmp_path / "events.ndjson", range(10))
    process = begin("send", "good", "track", events, "--workers", "1")
    _until(lambda: len(sent) >= 1)
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    sent.delay_s = 0
    out, _ = begin("send", "good", "track", events, "--json").communicate(timeout=20)
    assert json.loads(out)["uncertain"] == 0
    assert sent == {f"e{n}": 1 for n in range(10)}


def test_a_signal_is_heard_though_nobody_reads_stderr(begin, sent, tmp_path):
    sent.delay_s = 0.005
    events = _events(tmp_path / "events.ndjson", range(800))
    reader, writer = os.pipe()
    process = begin("send", "good", "track", events, "--workers", "1", stderr=writer)
    _until(lambda: len(sent) >= 5)
    os.set_blocking(writer, False)
    for size in (4096, 1):
        try:
            while True:
                os.write(writer, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(writer, True)
    os.close(writer)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    count = len(sent)
    time.sleep(0.3)
    assert len(sent) == count
    draining = Thread(target=lambda: [None for _ in iter(lambda: os.read(reader, 65536), b"")])
    draining.start()
    process.communicate(timeout=20)
    draining.join()
    os.close(reader)
    begin("send", "good", "track", events).communicate(timeout=60)
    assert sent == {f"e{n}": 1 for n in range(800)}


def test_each_run_writes_into_files_of_its_own(run, good, begin, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(30))
    sent.answer = lambda _: Reply(404)
    run("send", "good", "track", events, *good)
    sent.answer, sent.delay_s = lambda _: Reply(204), 0.05
    interrupted = begin("send", "good", "track", events, "--workers", "1", "--again")
    _until(lambda: sum(sent.values()) > 33)
    interrupted.send_signal(signal.SIGINT)
    interrupted.communicate(timeout=20)
    sent.answer, sent.delay_s = lambda _: Reply(404), 0
    run("send", "good", "track", tmp_path / "events.ndjson.good-track.rejected.ndjson", *good)
    before = len(_kept(tmp_path))
    said = json.loads(run("send", "good", "track", events, *good, "--json").out)
    assert len(_kept(tmp_path)) - before == said["rejected"] > 0


def test_events_that_are_refused_for_now_do_not_keep_the_others_waiting(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(60))
    sent.answer = lambda name: Reply(503) if name in {"e1", "e2", "e3"} else Reply(204)
    for _ in range(2):
        outcome = run("send", "good", "track", events, *good, "--retry-for", "0", "--workers", "1")
        assert outcome.code == 4
    assert sent.keys() == {f"e{n}" for n in range(60)}
    assert [count for name, count in sent.items() if name not in {"e1", "e2", "e3"}] == [1] * 57


def test_what_was_written_down_is_not_sent_with_a_corrected_mapping(
    begin, run, good, sent, tmp_path
):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(f'{{"type": "track", "title": "e{n}"}}\n' for n in range(60)))
    left = tmp_path / "events.ndjson.good-track.rejected.ndjson"
    first = begin("send", "good", "track", events, "--rate", "60")
    _until(lambda: left.exists() and left.read_bytes().count(b"\n") >= 10)
    first.kill()
    first.communicate()
    mapping = tmp_path / "mapping.json"
    mapping.write_text('{"name": {"@path": "$.title"}}')
    run("send", "good", "track", events, *good, "--resume", "--mapping", mapping)
    kept = {json.loads(line)["title"] for line in left.read_bytes().splitlines()}
    assert kept.isdisjoint(sent)
    assert kept | sent.keys() == {f"e{n}" for n in range(60)}


def test_a_file_on_standard_input_keeps_what_one_subscription_has_not_taken(begin, sent, tmp_path):
    events = _events(tmp_path / "events.ndjson", range(400))
    pipeline = tmp_path / "shop.toml"
    pipeline.write_text(
        PIPELINE + SUBSCRIPTION.format("A", "tracks") + SUBSCRIPTION.format("B", "track")
    )
    sent.delay_s = 0.05
    with events.open("rb") as file:
        process = begin("run", pipeline, "-", "--workers", "1", "--json", stdin=file)
        _until(lambda: sum(sent.values()) > 60)
        process.send_signal(signal.SIGINT)
        said = json.loads(process.communicate(timeout=30)[0])
    for name in "AB":
        counts = said["subscriptions"][name]
        kinds = ("delivered", "skipped", "rejected", "uncertain", "retry")
        assert sum(counts[kind] for kind in kinds) >= said["last"]


def test_an_event_for_a_subscription_that_is_gone_is_rejected(run, good, sent, tmp_path):
    events = tmp_path / "kept.ndjson"
    events.write_text(_line(1, _portcall={"subscription": "Old"}) + _line(2))
    pipeline = tmp_path / "shop.toml"
    pipeline.write_text(PIPELINE + SUBSCRIPTION.format("A", "track"))
    outcome = run("run", pipeline, events, *good)
    assert outcome.code == 1
    assert "kept for a subscription 'Old'" in outcome.out
    assert sent == {"e2": 1}


def test_a_restart_that_cannot_begin_forgets_nothing(run, good, sent, tmp_path):
    events = _events(tmp_path / "events.csv", range(2))
    sent.answer = lambda _: Reply(503)
    run("send", "good", "track", events, *good, "--retry-for", "0", "--format", "ndjson")
    outcome = run("send", "good", "track", events, *good, "--restart")
    assert outcome.code == 2
    assert "not the header of a CSV file" in outcome.err
    assert list(tmp_path.glob("*.journal"))
