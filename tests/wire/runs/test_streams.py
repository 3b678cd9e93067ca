"""A stream that stays open: its events leave while it does."""

import json
import os
import time

import pytest

from portcall import runs


@pytest.fixture
def pipe(tmp_path):
    """Return the path of a pipe and what writes events into it, by their names."""
    path = tmp_path / "events.pipe"
    os.mkfifo(path)
    end = os.open(path, os.O_RDWR)  # a reader that opens it does not wait

    class Pipe:
        place = path

        @staticmethod
        def write(*names):
            lines = (json.dumps({"type": "track", "event": name}) + "\n" for name in names)
            os.write(end, "".join(lines).encode())

    yield Pipe
    os.close(end)


def until(true, seconds=20):
    """Wait until something is true."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize("workers", [1, None])
def test_a_batch_of_a_pipe_leaves_while_the_pipe_stays_open(connection, sent, pipe, workers):
    pipe.write("a", "b")
    run = runs.start(
        connection=connection, action="track", input=pipe.place, max_age_s=0.1, workers=workers
    )
    with run:
        until(lambda: sent.keys() == {"a", "b"})
        pipe.write("c")
        # The outcomes are known, too, although no other event comes.
        until(lambda: run.progress().delivered == 3)
        run.stop()
    assert sent == {"a": 1, "b": 1, "c": 1}
    assert run.report.delivered == 3


def test_several_subscriptions_of_a_pipe_each_get_their_batches(
    host, sent, pipe, peer, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "two.toml"
    path.write_text(
        f'connection = "shop"\n[settings]\nendpoint = "{peer.url}"\n'
        '[[subscriptions]]\nname = "x"\naction = "track"\n'
        '[[subscriptions]]\nname = "y"\naction = "track"\n'
    )
    pipeline = runs.Pipeline.read(path)
    pipe.write("a", "b")
    with runs.start(pipeline, input=pipe.place, host=host, max_age_s=0.1) as run:
        until(lambda: sent == {"a": 2, "b": 2})
        run.stop()
