"""What a circuit holds back while nothing is served, and when it ends a run; its clock is the test's."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Event, Thread

import pytest

from portcall import Outcome
from portcall.runs.circuit import LONGEST_PAUSE_S, Circuit
from portcall.runs.stop_signal import StopSignal

START = datetime(2026, 3, 10, tzinfo=UTC)


class World:
    """A circuit, its clock, and the calls that go through it."""

    def __init__(self, patience_s=60.0, waited=()):
        self.time = 100.0
        self.stop = StopSignal()
        self.circuit = Circuit(
            patience_s,
            self.stop,
            frozenset(waited),
            now=lambda: self.time,
            wall=lambda: START + timedelta(seconds=self.time),
        )
        self.number = 0

    def begin(self, size=1):
        numbers = [self.number + 1 + place for place in range(size)]
        self.number += size
        self.circuit.begun(numbers)
        return numbers

    def end(self, numbers, kind):
        if kind in {"delivered", "rejected"}:
            self.circuit.answered()
        self.circuit.ended(numbers[0], [Outcome(kind, reason="because") for _ in numbers])

    def fail(self, kind="retry"):
        """One call that fails; the clock goes on to where it may begin."""
        outage = self.circuit.outage
        if outage is not None:
            self.time = max(self.time, min(outage.next_at, self.circuit.until()))
        numbers = self.begin()
        self.circuit.failed("refused")
        self.end(numbers, kind)

    def waits(self):
        """Return whether a call that begins now has to wait."""
        done = Event()
        thread = Thread(target=lambda: (self.begin(), done.set()), daemon=True)
        thread.start()
        waits = not done.wait(0.05)
        self.stop.end("interrupted")
        thread.join(5)
        return waits


@pytest.fixture
def world():
    return World()


def test_calls_that_were_under_way_at_the_first_failure_count_as_one(world):
    calls = [world.begin() for _ in range(8)]
    world.circuit.failed("reset")
    for numbers in calls:
        world.end(numbers, "uncertain")
    world.time += 61
    for ends in (False, True):
        world.fail("uncertain")
        assert bool(world.stop) is ends
    assert (world.stop.why, world.stop.reason) == ("network", "because")


def test_a_run_waits_for_as_long_as_an_event_is_tried_again_with_growing_pauses(world):
    began = []
    while not world.stop:
        world.fail("uncertain")
        began.append(world.time - 100.0)
    assert began == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 60.0]


def test_the_longest_pause_between_two_calls_is_bounded():
    world = World(patience_s=3600.0)
    began = []
    while not world.stop:
        world.fail("uncertain")
        began.append(world.time)
    pauses = [later - earlier for earlier, later in pairwise(began)]
    assert max(pauses) == LONGEST_PAUSE_S
    assert len(began) < 140


def test_a_call_that_is_served_closes_the_circuit(world):
    for _ in range(5):
        world.fail()
        world.fail()
        world.time += 100
        world.end(world.begin(), "delivered")
        assert world.circuit.outage is None
    assert not world.stop
    assert not world.waits()


def test_a_rejection_without_an_answer_does_not_close_the_circuit(world):
    world.fail()
    world.time += 1
    numbers = world.begin()
    world.circuit.ended(numbers[0], [Outcome.rejected("KeyError: 'x'")])
    assert world.circuit.outage is not None


def test_a_call_waits_while_nothing_is_served(world):
    world.fail()
    assert world.waits()


def test_only_one_call_at_a_time_begins_while_nothing_is_served(world):
    world.fail()
    world.time += 1
    world.begin()
    world.time += 50
    assert world.waits()


def test_no_event_is_tried_again_when_the_time_is_over(world):
    assert world.circuit.until() == float("inf")
    world.fail()
    assert world.circuit.until() == 160.0


def test_events_that_failed_in_an_earlier_run_do_not_end_this_one():
    world = World(patience_s=0.0, waited=range(1, 6))
    for _ in range(5):
        world.fail()
    assert not world.stop
    world.end(world.begin(), "delivered")
    assert world.circuit.outage is None


def test_a_run_without_patience_ends_after_three_calls():
    world = World(patience_s=0.0)
    for ends in (False, False, True):
        world.fail()
        assert bool(world.stop) is ends


def test_answers_that_always_say_later_end_a_run_without_one_failed_request(world):
    for ends in (False, False, True):
        numbers = world.begin()
        world.circuit.answered("later")
        world.time += 60 if world.number == 1 else 0
        world.end(numbers, "retry")
        assert bool(world.stop) is ends


def test_a_destination_that_wants_to_be_asked_much_later_is_asked_three_times(world):
    for ends in (False, False, True):
        numbers = world.begin()
        world.circuit.answered("throttled", START + timedelta(seconds=world.time + 3600))
        world.end(numbers, "retry")
        assert bool(world.stop) is ends
    assert world.time == 100.0


def test_the_next_call_is_not_made_before_the_destination_wants_it(world):
    numbers = world.begin()
    world.circuit.failed("busy", START + timedelta(seconds=world.time + 20))
    world.end(numbers, "retry")
    world.time += 19
    assert world.waits()


def test_an_uncertain_outcome_while_requests_are_answered_is_the_business_of_the_action(world):
    for _ in range(10):
        numbers = world.begin()
        world.circuit.answered()
        world.end(numbers, "uncertain")
    assert world.circuit.outage is None


def test_what_is_wrong_is_said_with_the_time_that_is_left(world):
    assert world.circuit.trouble == ""
    world.fail()
    world.time += 10
    assert world.circuit.trouble == "refused; trying again for 50 s more"
    world.end(world.begin(), "delivered")
    assert world.circuit.trouble == ""
