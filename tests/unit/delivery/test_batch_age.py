"""A batch leaves when it is full, or when its oldest event has waited for long enough."""

from threading import Event

import attrs
import pytest

from portcall import HookError, Outcome, Outcomes, action
from portcall.delivery import IDLE, live_events
from portcall.delivery.batcher import batches
from portcall.delivery.preparing import Item


@attrs.frozen
class Named:
    name: str


def _batching(**how):
    @action(title="Track")
    def track(client, payload: Named):
        """Send one."""

    @track.batch(size=3, **how)
    def many(client, payloads):
        return Outcomes.delivered(payloads)

    return track.batching


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def _leaving(steps, batching, max_age_s, clock):
    """Return what leaves, and when: a step is a name, seconds that go by, or `IDLE`."""

    def prepared():
        index = 0
        for step in steps:
            if isinstance(step, str):
                yield Item(index, {}, Named(step), b"")
                index += 1
            elif step is IDLE:
                yield step
            else:
                clock.now_s += step

    for made in batches(prepared(), batching, max_age_s, clock):
        if isinstance(made, list):
            yield clock.now_s - 100, "".join(item.payload.name for item in made)


@pytest.mark.parametrize("keys", [(), ("name",)])
def test_a_batch_leaves_when_its_oldest_event_is_old_enough(keys):
    steps = ["a", 0.6, IDLE, "a", 0.3, IDLE, 0.2, IDLE, 5.0, IDLE, "a", "a", "a"]
    left = list(_leaving(steps, _batching(keys=keys), 1.0, Clock()))
    assert left == [(pytest.approx(1.1), "aa"), (pytest.approx(6.1), "aaa")]


@pytest.mark.parametrize("keys", [(), ("name",)])
def test_without_a_bound_by_time_a_batch_waits_until_it_is_full_or_all_have_come(keys):
    steps = ["a", 3600.0, IDLE, "a", IDLE]
    assert list(_leaving(steps, _batching(keys=keys), None, Clock())) == [(3600.0, "aa")]


def test_a_batch_of_a_rare_key_leaves_by_its_age_while_others_come():
    steps = ["x", "a", 0.9, "a", 0.2, "b", 1.0, IDLE]
    left = list(_leaving(steps, _batching(keys=("name",)), 1.0, Clock()))
    assert left == [
        (pytest.approx(1.1), "x"),
        (pytest.approx(1.1), "aa"),
        (pytest.approx(2.1), "b"),
    ]


def test_an_author_says_how_long_events_of_a_batch_wait():
    assert _batching(max_age_s=0.2).max_age_s == 0.2
    with pytest.raises(HookError, match="older than 0 s"):
        _batching(max_age_s=0)


def test_an_outcome_goes_by_while_a_batch_waits():
    made = iter([Item(0, {}, Named("a"), b""), Outcome("skipped", 1), IDLE])
    seen = [type(each).__name__ for each in batches(made, _batching(), 9.0, Clock())]
    assert seen == ["Outcome", "Idle", "list"]


def test_live_events_come_in_order_and_say_when_there_is_none_for_a_moment():
    go_on = Event()

    def events():
        yield from range(3000)
        go_on.wait(20)
        yield "last"

    seen = []
    for event in live_events(events()):
        if event is IDLE:
            go_on.set()
        else:
            seen.append(event)
    assert go_on.is_set()
    assert seen == [*range(3000), "last"]


def test_live_events_raise_what_reading_raised_after_all_that_came_before():
    def events():
        yield 1
        raise OSError("gone")

    stream = live_events(events())
    assert next(each for each in stream if each is not IDLE) == 1
    with pytest.raises(OSError, match="gone"):
        list(stream)


def test_live_events_hold_no_more_bytes_than_they_may():
    taken = []

    def events():
        for number in range(100):
            taken.append(number)
            yield b"x" * (1 << 20)

    stream = live_events(events(), len)
    next(each for each in stream if each is not IDLE)
    assert len(taken) < 30
    stream.close()
