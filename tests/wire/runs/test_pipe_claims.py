"""What the pages say of pipes, claim by claim, at the far side of a socket."""

import io
import json
import os
import time

import pytest

from portcall import SettingsError, runs
from portcall.cli.runs.run_summary import end_lines
from portcall.runs import run_options


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The current folder."""
    place = tmp_path / "current"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def pipe(tmp_path):
    """Return the path of a pipe, what writes text into it, and what ends it."""
    path = tmp_path / "events.pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)

    class Pipe:
        place = str(path)

        @staticmethod
        def write(text):
            os.write(end, text if isinstance(text, bytes) else text.encode())

    yield Pipe
    os.close(end)


@pytest.fixture
def send(connection):
    def start(source, action="one", **how):
        return runs.start(connection=connection, action=action, input=source, **how)

    return start


@pytest.fixture
def stdin(monkeypatch):
    def hold(text):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return hold


def lines(*names):
    return "".join(json.dumps({"type": "track", "event": name}) + "\n" for name in names)


def until(true, seconds=10):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


def test_a_batch_of_a_pipe_waits_for_a_second_at_most_if_nothing_is_said(
    send, pipe, sent, monkeypatch
):
    assert run_options.LIVE_AGE_S == 1.0
    monkeypatch.setattr(run_options, "LIVE_AGE_S", 0.05)
    pipe.write(lines("a"))
    with send(pipe.place, "track"):
        until(lambda: sent == {"a": 1})


@pytest.mark.parametrize("how", [{}, {"state": "../state"}, {"folder": "../kept", "state": "../s"}])
def test_the_copy_of_a_pipe_is_in_the_folder_that_the_pages_name_and_is_removed(
    send, pipe, sent, folder, how
):
    place = folder / (how.get("folder") or how.get("state") or ".")
    pipe.write(lines("a"))
    with send(pipe.place, name="shop-one", **how):
        until(lambda: sent == {"a": 1})
        assert (place / "shop-one.pipe").read_text() == lines("a")
    assert not list(place.glob("*.pipe*"))


def test_what_a_killed_run_had_read_goes_first(send, pipe, sent, folder):
    order = []
    sent.answer = lambda name: order.append(name) or type(sent).answer(name)
    (folder / "shop-one.pipe").write_text(lines("a", "b"))  # as a killed run leaves it
    pipe.write(lines("c"))
    with send(pipe.place, name="shop-one", workers=1) as run:
        until(lambda: len(sent) == 3)
    assert order == ["a", "b", "c"]
    assert run.report.recovered == 2


def test_a_pipe_is_gone_on_with_only_after_a_kill(send, pipe):
    with pytest.raises(SettingsError, match="resumed only if it was killed: name a file"):
        send(pipe.place, resume=True)


def test_standard_input_has_no_name_and_is_read_as_the_format_says(send, stdin, sent):
    stdin("type,event\ntrack,a\n")
    assert send("-", format="csv").report.delivered == 1
    assert sent == {"a": 1}


def test_a_later_line_of_a_pipe_that_is_not_utf8_is_rejected_and_kept(send, pipe, sent):
    pipe.write(lines("a"))
    with send(pipe.place) as run:
        until(lambda: sent == {"a": 1})
        pipe.write(b'{"type": "track", "event": "caf\xe9"}\n' + lines("b").encode())
        until(lambda: sent == {"a": 1, "b": 1} and run.progress().rejected == 1)
    [kept] = run.report.dead_letters["rejected"].read_text().splitlines()
    assert json.loads(kept)["_portcall"]["reason"] == "the line is not UTF-8"


def test_which_line_of_a_pipe_was_the_last_is_said(send, pipe, sent):
    pipe.write(lines("a", "b"))
    with send(pipe.place) as run:
        until(lambda: len(sent) == 2)
    assert (run.report.last, run.report.can_resume) == (2, False)
    assert "Line 2 was the last that was read." in end_lines(run.report, "")
