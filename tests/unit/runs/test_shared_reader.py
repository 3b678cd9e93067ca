"""One input for several subscriptions, and a pace for all."""

from threading import Barrier, Thread

import pytest

from portcall.runs.inputs import Entry
from portcall.runs.rate_limit import RateLimit
from portcall.runs.shared_reader import AHEAD, SharedReader
from portcall.runs.stop_signal import StopSignal


def _entries(count, read):
    for number in range(count):
        read.append(number)
        yield Entry(number, {}, raw=b"x" * 10)


def _in_threads(shared_reader, count, take):
    threads = [
        Thread(target=take, args=(place, shared_reader.stream(place)), daemon=True)
        for place in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_subscription_gets_every_entry_in_order(count):
    read, got = [], {}

    def take(place, stream):
        got[place] = [entry.number for entry in stream]

    _in_threads(SharedReader(_entries(5000, read), count, StopSignal()), count, take)
    assert got == {place: list(range(5000)) for place in range(count)}
    assert read == list(range(5000))


def test_nobody_gets_far_ahead_of_the_slowest():
    read, ahead, together = [], [], Barrier(2)

    def take(place, stream):
        together.wait(10)
        for taken, _ in enumerate(stream):
            if place == 0:
                ahead.append(len(read) - taken)

    _in_threads(SharedReader(_entries(20_000, read), 2, StopSignal()), 2, take)
    assert max(ahead) <= AHEAD + 2


def test_who_leaves_keeps_nobody_waiting():
    got = []

    def take(place, stream):
        if place == 0:
            next(stream)
            stream.close()
        else:
            got.extend(entry.number for entry in stream)

    _in_threads(SharedReader(_entries(5 * AHEAD, []), 2, StopSignal()), 2, take)
    assert got == list(range(5 * AHEAD))


def test_an_input_that_breaks_raises_once_and_ends_for_all():
    def entries():
        yield Entry(1, {})
        raise OSError(5, "Input/output error")

    raised, got = [], []

    def take(_, stream):
        try:
            got.extend(stream)
        except OSError as exc:
            raised.append(exc)

    _in_threads(SharedReader(entries(), 3, StopSignal()), 3, take)
    assert len(raised) == 1
    assert len(got) == 3


def test_the_end_of_the_run_ends_the_reading():
    stop, got = StopSignal(), []

    def take(place, stream):
        for _ in stream:
            got.append(place)
            if len(got) == 100:
                stop.end("interrupted")

    _in_threads(SharedReader(_entries(100_000, []), 2, stop), 2, take)
    assert len(got) < 5000


def test_events_go_evenly_and_not_faster_than_asked():
    now, waits = [100.0], []

    def wait(seconds):
        waits.append(seconds)
        now[0] += seconds

    pace = RateLimit(4, wait, lambda: now[0])
    for _ in range(5):
        pace()
    assert waits == pytest.approx([0.25] * 4)
    now[0] += 60  # who was slow may not catch up at once
    pace()
    pace()
    assert waits[4:] == pytest.approx([0.25])
