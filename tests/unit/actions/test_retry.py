"""When to try again."""

from datetime import UTC, datetime, timedelta

import pytest

from portcall import Retry

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def retry(chance, **more):
    return Retry(now=lambda: NOW, random=lambda: chance, **more)


@pytest.mark.parametrize("chance", [0.0, 0.25, 1.0])
def test_pauses_are_any_part_of_a_longest_that_doubles(chance):
    pauses = [retry(chance).pause_s(attempt, None) for attempt in range(1, 9)]
    assert pauses == [chance * longest for longest in (0.5, 1, 2, 4, 8, 16, 20, 20)]


def test_attempts_without_end_have_a_longest_pause():
    assert retry(1.0).pause_s(10**9, None) == 20


@pytest.mark.parametrize(("at_s", "pause_s"), [(30, 30.25), (-30, 0.25), (0.5, 0.75)])
def test_what_the_destination_asks_for_is_kept_and_jitter_added(at_s, pause_s):
    at = NOW + timedelta(seconds=at_s)
    assert retry(0.5).pause_s(1, at) == pytest.approx(pause_s)


def test_the_usual_clock_is_the_real_one():
    usual = Retry()
    assert abs((usual.after(5) - datetime.now(UTC)).total_seconds() - 5) < 1
    assert 0 <= usual.random() < 1
