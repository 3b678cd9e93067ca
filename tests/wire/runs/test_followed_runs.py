"""Runs that follow a file, at the far side of a socket: each line once, through rotations and restarts."""

import json
import time

import pytest

from portcall import runs
from portcall.errors import SettingsError
from portcall.runs.inputs.following import growing_source, passed_places
from portcall.testing import Reply


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(growing_source, "POLL_S", 0.005)
    monkeypatch.setattr(passed_places, "SAVE_S", 0.0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "app.log"


@pytest.fixture
def follow(connection, path):
    def start(**options):
        given = {"connection": connection, "action": "track", "input": path, "max_age_s": 0.02}
        return runs.start(**{**given, "follow": True, **options})

    return start


def write(path, *names):
    with path.open("a") as file:
        file.writelines(json.dumps({"type": "track", "event": name}) + "\n" for name in names)


def until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_lines_are_sent_as_they_are_written_and_once(follow, path, sent):
    write(path, "a")
    with follow() as run:
        until(lambda: sent == {"a": 1})
        write(path, "b")
        until(lambda: sent == {"a": 1, "b": 1})
        path.rename(path.with_name("app.log.1"))
        write(path.with_name("app.log.1"), "c")
        write(path, "d")
        until(lambda: len(sent) == 4)
        assert run.progress().following == str(path)
    assert (run.report.stopped, run.report.delivered, run.report.can_resume) == (
        "interrupted", 4, True,
    )  # fmt: skip
    write(path, "e")
    path.rename(path.with_name("app.log.2"))
    write(path, "f")
    with follow() as again:
        until(lambda: len(sent) == 6)
        assert again.resumed_after == 4
    assert set(sent.values()) == {1}


def test_a_file_that_was_sent_is_followed_from_its_end(follow, path, sent, connection):
    write(path, "a", "b")
    runs.start(connection=connection, action="track", input=path).wait()
    write(path, "c")
    with follow():
        until(lambda: len(sent) == 3)
    assert set(sent.values()) == {1}


def test_a_followed_file_is_not_sent_from_its_beginning_by_mistake(follow, path, sent, connection):
    write(path, "a")
    with follow():
        until(lambda: sent)
    with pytest.raises(SettingsError, match="follow=True to go on"):
        runs.start(connection=connection, action="track", input=path)


def test_what_was_sent_in_vain_goes_first_when_the_run_is_started_again(follow, path, sent):
    """Its line may be gone by then: it is kept in a file, which is removed once it is sent."""
    sent.answer = lambda name: Reply(503 if name == "a" else 204)
    write(path, "a")
    with follow(action="one", retry_for_s=0.1) as run:
        until(lambda: run.progress().to_retry == 1)
        write(path, "b")
        until(lambda: "b" in sent)
    [kept] = run.report.dead_letters.values()
    assert run.report.waiting == 0
    path.unlink()  # and all that was in it
    write(path, "c")
    sent.answer = lambda _: Reply(204)
    before = sent["a"]
    with follow(action="one") as again:
        until(lambda: "c" in sent)
        assert sent["a"] == before + 1
    assert again.report.recovered == 1
    assert not kept.exists()
    assert [path.name for path in path.parent.glob("*retry*")] == []


def test_a_lost_network_ends_the_run_and_nothing_is_sent_twice(follow, path, sent):
    sent.answer = lambda _: Reply(503)
    write(path, *(f"e{n}" for n in range(50)))
    run = follow(retry_for_s=0.2, workers=2)
    assert run.report.stopped == "network"
    sent.answer = lambda _: Reply(204)
    sent.clear()
    with follow(workers=2):
        until(lambda: len(sent) == 50)
    assert set(sent.values()) == {1}


def test_two_subscriptions_follow_one_file(path, sent, host, peer, tmp_path):
    pipeline = tmp_path / "two.toml"
    pipeline.write_text(
        f'connection = "shop"\n[settings]\nendpoint = "{peer.url}"\n'
        '[[subscriptions]]\nname = "x"\naction = "track"\n'
        '[[subscriptions]]\nname = "y"\naction = "one"\n'
    )
    read = runs.Pipeline.read(pipeline)
    for names in (("a",), ("b", "c")):
        write(path, *names)
        with runs.start(read, input=path, host=host, max_age_s=0.02, follow=True):
            until(lambda: all(sent[name] == 2 for name in names))  # noqa: B023
    assert set(sent.values()) == {2}


def test_a_pipe_is_not_followed(follow, tmp_path):
    with pytest.raises(SettingsError, match="not a regular file"):
        follow(input="-")
    with pytest.raises(SettingsError, match="not a regular file"):
        follow(input=tmp_path)


def test_a_run_that_waits_for_lines_takes_little_of_the_processor(follow, path, sent, monkeypatch):
    monkeypatch.setattr(growing_source, "POLL_S", 0.2)
    write(path, "a")
    with follow():
        until(lambda: sent)
        began = time.process_time(), time.monotonic()
        time.sleep(1)
        used, took = time.process_time() - began[0], time.monotonic() - began[1]
    assert used / took < 0.03  # of a machine that does other things; 0.5 % of an idle one
