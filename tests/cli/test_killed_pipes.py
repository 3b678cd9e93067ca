"""Runs that read a pipe, and are killed without warning: nothing that was read is lost."""

import json
import signal
import time
from collections import Counter
from contextlib import suppress
from functools import partial
from subprocess import PIPE

import pytest

from portcall.runs import pipe_copies
from portcall.runs.pipe_copies import PipeCopy
from portcall.testing import Reply


@pytest.fixture
def received(acme):
    counts = Counter()

    def tracks(request):
        held = request.json()
        held = held if isinstance(held, list) else [held]
        counts.update(each["name"] for each in held)
        return Reply(204)

    acme.route("POST", "/track", tracks)
    acme.route("POST", "/tracks", tracks)
    return counts


def _lines(*numbers):
    return "".join(
        json.dumps({"type": "track", "event": f"e{number}"}) + "\n" for number in numbers
    ).encode()


def _until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def _is_copied(folder, text):
    for path in folder.glob("*.pipe"):
        with suppress(FileNotFoundError):  # it was just delivered, and removed
            if text in path.read_bytes():
                return True
    return False


def _command(good, action, *options):
    return ["send", "good", action, "-", *good, *options]


def test_a_killed_run_loses_nothing_of_what_it_has_read(start, good, received, tmp_path):
    """20 of 20: none of them had left, as their batch waited for more."""
    command = _command(good, "tracks", "--max-age", "60")
    process = start(*command, stdin=PIPE)
    process.stdin.write(_lines(*range(20)))
    process.stdin.flush()
    copy = tmp_path / "good-tracks.pipe"
    _until(lambda: copy.exists() and copy.read_bytes().count(b"\n") == 20)
    process.kill()
    process.wait()
    assert process.returncode == -signal.SIGKILL
    assert not received
    again = start(*command, "--json", stdin=PIPE)
    out, _ = again.communicate(_lines(20))
    assert received == {f"e{number}": 1 for number in range(21)}
    said = json.loads(out)
    assert (again.returncode, said["delivered"], said["recovered"]) == (0, 21, 20)
    assert not list(tmp_path.glob("*.pipe*"))


@pytest.mark.parametrize("action", ["track", "tracks"])
def test_however_often_a_pipe_run_is_killed_each_event_arrives_once_or_is_uncertain(
    start, good, received, tmp_path, action
):
    command = _command(good, action, "--workers", "2")
    number = 0
    for pause_s in (0.02, 0.1, 0.25):
        process = start(*command, stdin=PIPE)
        lines = _lines(*range(number, number + 300))
        number += 300
        process.stdin.write(lines)
        process.stdin.flush()
        _until(partial(_is_copied, tmp_path, lines[-80:]))
        time.sleep(pause_s)
        process.kill()
        process.wait()
    _, err = start(*command).communicate()
    kept = [
        json.loads(line)["event"]
        for path in tmp_path.glob("*.uncertain*.ndjson")
        for line in path.read_bytes().splitlines()
    ]
    assert max(received.values()) == 1, err
    assert received.keys() | set(kept) == {f"e{n}" for n in range(number)}
    assert len(kept) <= 3 * 2 * 50
    assert not list(tmp_path.glob("*.pipe*"))


def test_a_run_that_ends_by_itself_leaves_no_copy(process, good, received, tmp_path):
    process("send", "good", "track", "-", *good, "--folder", tmp_path, stdin=_lines(1, 2))
    assert received == {"e1": 1, "e2": 1}
    assert not list(tmp_path.glob("*pipe*"))


def test_a_large_copy_forgets_what_is_delivered_and_keeps_the_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(pipe_copies, "LARGEST_BYTES", 1000)
    copy = PipeCopy(tmp_path / "x.pipe")
    copy._limit = 1000
    copy.done = lambda: 90
    for number in range(100):
        copy.write(b"line %d\n" % number)
    copy.write(b"x" * 500)
    copy.write(b"half a l")
    lines = copy.path.read_bytes().split(b"\n")
    assert lines[:90] == [b""] * 90
    assert lines[90:100] == [b"line %d" % number for number in range(90, 100)]
    assert lines[100] == b"x" * 500 + b"half a l"
    copy.close()
