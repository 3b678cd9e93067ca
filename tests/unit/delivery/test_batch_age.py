"""A batch leaves when it is full, or when its oldest event has waited for long enough."""

from threading import Event

import attrs
import pytest

from portcall import HookError, Outcome, Outcomes, action, field, path
from portcall.delivery.batch import Batch
from portcall.delivery.batcher import Batcher
from portcall.delivery.event_reader import EventReader
from portcall.delivery.grouping import Grouping
from portcall.delivery.idle import IDLE
from portcall.delivery.live_events import live_events
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import preparer


@attrs.frozen
class Named:
    name: str = field(label="Name", default=path("$.name"))


def _track(**how):
    @action(title="Track", subscribe='name != "skipped"')
    def track(client, payload: Named):
        """Send one."""

    @track.batch(size=3, **how)
    def many(client, payloads):
        return Outcomes.delivered(payloads)

    return track


class Clock:
    now_s = 100.0

    def __call__(self):
        return self.now_s


def _made(events, track, max_age_s, clock):
    """Return what can be sent of events, and what goes by meanwhile."""
    plan = Plan.of(track, max_age_s=max_age_s)
    prepare = preparer(plan, None)
    if plan.batching.keys:
        places = iter(range(100))
        prepared = (each if each is IDLE else prepare(next(places), each) for each in events)
        return Batcher(plan.batching, max_age_s, clock, keeps=False).batches(prepared)
    return Grouping(plan, prepare, clock).batches(EventReader(events, Event(), [], clock))


def _leaving(steps, track, max_age_s, clock):
    """Return what leaves, and when: a step is a name, seconds that go by, or `IDLE`."""

    def events():
        for step in steps:
            if isinstance(step, str):
                yield {"name": step}
            elif step is IDLE:
                yield step
            else:
                clock.now_s += step

    for made in _made(events(), track, max_age_s, clock):
        if isinstance(made, Batch):
            yield clock.now_s - 100, "".join(payload.name for payload in made.payloads)


@pytest.mark.parametrize("keys", [(), ("name",)])
def test_a_batch_leaves_when_its_oldest_event_is_old_enough(keys):
    steps = ["a", 0.6, IDLE, "a", 0.3, IDLE, 0.2, IDLE, 5.0, IDLE, "a", "a", "a"]
    left = list(_leaving(steps, _track(keys=keys), 1.0, Clock()))
    assert left == [(pytest.approx(1.1), "aa"), (pytest.approx(6.1), "aaa")]


@pytest.mark.parametrize("keys", [(), ("name",)])
def test_without_a_bound_by_time_a_batch_waits_until_it_is_full_or_all_have_come(keys):
    steps = ["a", 3600.0, IDLE, "a", IDLE]
    assert list(_leaving(steps, _track(keys=keys), None, Clock())) == [(3600.0, "aa")]


def test_a_batch_of_a_rare_key_leaves_by_its_age_while_others_come():
    steps = ["x", "a", 0.9, "a", 0.2, "b", 1.0, IDLE]
    left = list(_leaving(steps, _track(keys=("name",)), 1.0, Clock()))
    assert left == [
        (pytest.approx(1.1), "x"),
        (pytest.approx(1.1), "aa"),
        (pytest.approx(2.1), "b"),
    ]


def test_an_author_says_how_long_events_of_a_batch_wait():
    assert _track(max_age_s=0.2).batching.max_age_s == 0.2
    with pytest.raises(HookError, match="older than 0 s"):
        _track(max_age_s=0)


@pytest.mark.parametrize("keys", [(), ("name",)])
def test_an_outcome_goes_by_while_a_batch_waits(keys):
    events = iter([{"name": "a"}, {"name": "skipped"}, IDLE])
    made = list(_made(events, _track(keys=keys), 9.0, Clock()))
    outcome, idle, batch = made
    assert list(outcome if keys == () else [outcome]) == [Outcome("skipped", 1)]
    assert idle is IDLE
    assert batch.indexes == [0]


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
