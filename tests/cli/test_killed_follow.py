"""Runs that follow a file which is rotated, and are killed without warning: each line once, or uncertain."""

import json
import signal
import time
from collections import Counter

import pytest

from portcall.testing import Reply


@pytest.fixture
def received(acme):
    counts = Counter()

    def tracks(request):
        counts.update(each["name"] for each in request.json())
        return Reply(204)

    acme.route("POST", "/tracks", tracks)
    return counts


def _write(path, *numbers):
    with path.open("a") as file:
        for number in numbers:
            file.write(json.dumps({"type": "track", "event": f"e{number}"}) + "\n")


def _until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_however_often_it_is_killed_each_line_arrives_once_or_is_uncertain(
    start, good, received, tmp_path
):
    path = tmp_path / "app.log"
    command = ("send", "good", "tracks", "app.log", *good, "--follow")
    command += ("--workers", "2", "--max-age", "0.05")
    for turn in range(2):
        first = turn * 400
        process = start(*command)
        _write(path, *range(first, first + 200))
        _until(lambda: f"e{first + 10}" in received)  # noqa: B023
        path.rename(tmp_path / f"app.log.{turn}")
        _write(tmp_path / f"app.log.{turn}", *range(first + 200, first + 300))
        _write(path, *range(first + 300, first + 400))
        time.sleep(0.1 * turn)
        process.kill()
        process.wait()
        path.rename(tmp_path / f"app.log.{turn}.1")  # while no process follows
    last = start(*command)
    _write(path, 800)
    _until(lambda: "e800" in received)
    last.send_signal(signal.SIGTERM)
    said = last.communicate(timeout=20)[1].decode()
    kept = [
        json.loads(line)["event"]
        for found in tmp_path.glob("*.uncertain*.ndjson")
        for line in found.read_bytes().splitlines()
    ]
    assert last.returncode == 130, said
    assert max(received.values()) == 1, said
    assert received.keys() | set(kept) == {f"e{number}" for number in range(801)}
    assert len(kept) <= 2 * 2 * 50


def test_a_file_need_not_be_there_and_its_folder_has_to(run, good, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = run("send", "good", "tracks", "none/app.log", *good, "--follow")
    assert (found.code, "none/app.log" in found.err) == (2, True)
    packed = run("send", "good", "tracks", "app.log.gz", *good, "--follow")
    assert packed.code == 2
    assert "packed with gzip" in packed.err
    assert "without --follow" in packed.err
