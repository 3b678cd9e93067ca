"""Runs that are killed without warning, and resumed."""

import json
import random
import subprocess
import sys
import time
from collections import Counter

import pytest

from portcall.testing import Reply

EVENTS = 400
EVENT_S = 0.0012  # what the server takes for one


@pytest.fixture
def received(acme):
    """Every event that arrived, as often as it did; some of them are refused."""
    counts = Counter()

    def track(request):
        names = request.json()
        names = [names["name"]] if isinstance(names, dict) else [each["name"] for each in names]
        counts.update(names)
        time.sleep(EVENT_S * len(names))
        if len(names) == 1 and names[0].endswith("7"):
            return Reply(422, json={"error": "no sevens"})
        return Reply(204)

    acme.route("POST", "/track", track)
    acme.route("POST", "/tracks", track)
    return counts


def _line(number):
    return json.dumps({"type": "track", "event": f"e{number}"}) + "\n"


def _killed_until_done(start, words, received, dice):
    """Run a command again and again, killing it after some events and a moment, until it comes to its end."""
    kills = 0
    while True:
        process = start(*words)
        until, ends = sum(received.values()) + dice.randint(1, EVENTS // 5), time.monotonic() + 60
        while process.poll() is None and sum(received.values()) < until:
            assert time.monotonic() < ends
            time.sleep(0.001)
        time.sleep(dice.random() * 0.02)
        process.kill()
        _, err = process.communicate()
        if process.returncode >= 0:
            return kills, process.returncode, err
        assert max(received.values(), default=0) <= 1
        kills += 1


def _in(folder, kind):
    """Return the names of the events in the file of one kind; none is in it twice."""
    names = [
        json.loads(line)["event"]
        for path in folder.glob(f"events.*.{kind}.ndjson")
        for line in path.read_bytes().splitlines()
    ]
    assert len(names) == len(set(names))
    return set(names)


@pytest.mark.parametrize(("workers", "processes"), [(1, 1), (6, 1), (None, 1), (6, 2)])
@pytest.mark.parametrize("action", ["track", "tracks"])
def test_no_event_is_sent_twice_and_none_is_lost_however_often_a_run_is_killed(
    start, good, received, tmp_path, action, workers, processes
):
    dice = random.Random(f"{action}{workers}{processes}")
    events = tmp_path / "events.ndjson"
    events.write_text("".join(_line(number) for number in range(EVENTS)))
    words = ["send", "good", action, events, *good, "--processes", processes]
    if workers:
        words += ["--workers", workers]
    kills, code, err = _killed_until_done(start, words, received, dice)
    everything = {f"e{number}" for number in range(EVENTS)}
    uncertain = _in(tmp_path, "uncertain")
    refused = {name for name in everything if name.endswith("7")} if action == "track" else set()
    assert kills >= 1
    assert code == (1 if uncertain or refused else 0), err
    assert max(received.values()) == 1
    assert everything - received.keys() <= uncertain
    assert refused - uncertain == _in(tmp_path, "rejected")
    size = 1 if action == "track" else 50
    assert len(uncertain) <= kills * size * (workers or 32)
    again = start(*words)
    out, err = again.communicate()
    assert out.startswith(b"Nothing to send"), err
    assert again.returncode == code
    assert max(received.values()) == 1


def test_a_run_that_was_killed_does_not_go_on_with_another_input(start, good, received, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(_line(number) for number in range(EVENTS)))
    words = ["send", "good", "track", events, *good]
    process = start(*words)
    while sum(received.values()) < EVENTS - 100:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    events.write_text("".join(_line(number) for number in range(1, EVENTS)))
    sent = sum(received.values())
    again = start(*words)
    _, err = again.communicate()
    assert again.returncode == 2
    assert b"has changed" in err
    assert b"--restart" in err
    assert sum(received.values()) == sent
    said = json.loads(start(*words, "--restart", "--json").communicate()[0])
    assert said["delivered"] + said["rejected"] == EVENTS - 1


def test_a_run_that_is_killed_as_its_process_ends_sends_nothing_again(
    environ, good, received, tmp_path
):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(_line(number) for number in range(30)))
    program = (
        "import atexit, os, signal, sys\n"
        "atexit.register(lambda: os.kill(os.getpid(), signal.SIGKILL))\n"
        "from portcall.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["send", "good", "track", str(events), *good]
    for expected in (-9, -9, 1):
        start = ["-m", "portcall"] if expected > 0 else ["-c", program]
        done = subprocess.run(
            [sys.executable, *start, *words],
            env=environ, capture_output=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == expected, done.stderr
        assert received == {f"e{number}": 1 for number in range(30)}
    assert b"has seen to all 30 lines (--again sends everything again)" in done.stdout
    assert b"events.ndjson.good-track.rejected.ndjson" in done.stdout  # e7, e17 and e27


def test_the_same_command_sends_what_was_added_to_an_input_and_nothing_else(
    run, good, received, tmp_path
):
    events = tmp_path / "events.ndjson"
    words = ("send", "good", "track", events, *good)
    events.write_text(_line(1) + '{"type": "track", "eve')  # its writer is in the middle of a line
    assert run(*words).code == 1
    events.write_text(_line(1) + _line(2) + _line(3))
    assert run(*words).code == 0
    assert received == {"e1": 1, "e2": 1, "e3": 1}
    events.write_text(_line(1) + _line(2) + _line(3) + _line(4))
    assert "Resuming after 3 events of an earlier run" in run(*words).err
    assert received == {"e1": 1, "e2": 1, "e3": 1, "e4": 1}
    said = json.loads(run(*words, "--json").out)
    assert (said["delivered"], said["last"], said["done_at"] is not None) == (0, 0, True)


def test_another_input_of_the_same_name_is_sent_after_a_run_that_came_to_its_end(
    run, good, received, tmp_path
):
    events = tmp_path / "events.ndjson"
    words = ("send", "good", "track", events, *good)
    for numbers in ((1, 2, 3), (4, 5), (4, 5)):
        events.write_text("".join(map(_line, numbers)))
        assert run(*words).code == 0
    assert received == {f"e{number}": 1 for number in range(1, 6)}
    assert run(*words, "--again").code == 0
    assert received["e4"] == 2


def test_another_filter_is_another_delivery_after_a_run_that_came_to_its_end(
    run, good, received, tmp_path
):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(map(_line, range(3))))
    words = ("send", "good", "track", events, *good)
    for name in ("e0", "e1", "e1"):
        assert run(*words, "--subscribe", f'event = "{name}"').code == 0
    assert received == {"e0": 1, "e1": 1}


def test_a_subscription_that_is_new_in_a_pipeline_gets_the_whole_input(
    run, good, received, tmp_path
):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(map(_line, range(3))))
    pipeline, table = tmp_path / "shop.toml", '[[subscriptions]]\nname = "{}"\naction = "track"\n'
    pipeline.write_text('connection = "good"\n' + table.format("A"))
    assert run("run", pipeline, events, *good).code == 0
    pipeline.write_text(pipeline.read_text() + table.format("B"))
    said = json.loads(run("run", pipeline, events, *good, "--json").out)
    assert [said["subscriptions"][name]["delivered"] for name in "AB"] == [0, 3]
    assert run("run", pipeline, events, *good).out.startswith("Nothing to send")
    assert received == {f"e{number}": 2 for number in range(3)}


def test_there_is_nothing_to_go_on_with_after_a_run_came_to_its_end(run, good, received, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_text(_line(1))
    assert run("send", "good", "track", events, *good).code == 0
    outcome = run("send", "good", "track", events, *good, "--resume")
    assert outcome.code == 2
    assert "there is nothing to resume" in outcome.err
    assert received == {"e1": 1}


def test_two_runs_over_one_input_do_not_meet(start, run, good, acme, tmp_path):
    events = tmp_path / "events.ndjson"
    events.write_text("".join(_line(number) for number in range(500)))

    def slow(_):
        time.sleep(0.02)
        return Reply(204)

    acme.route("POST", "/track", slow)
    process = start("send", "good", "track", events, *good)
    while not acme.requests:
        assert process.poll() is None
        time.sleep(0.01)
    second = run("send", "good", "track", events, *good)
    process.kill()
    assert second.code == 2
    assert "another run is under way" in second.err
