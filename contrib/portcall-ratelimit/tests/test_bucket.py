"""The turns of one connection, in time that the test makes."""

import pytest

from portcall_ratelimit.bucket import Bucket
from portcall_ratelimit.reading import Quota, Reading


def turns(bucket, count, now=0.0):
    """Let *count* tickets queue up at *now*; return each one's turn, those that go at once gone."""
    tickets = [bucket.queue() for _ in range(count)]
    return [bucket.turn(ticket, now)[0] for ticket in tickets]


def learn(bucket, quota=None, retry_in_s=None, number=1, now=0.0):
    bucket.learn(number, Reading(retry_in_s, quota), now)


def test_without_limits_everyone_goes():
    assert turns(Bucket(None, 1), 5) == [0] * 5


def test_a_burst_goes_at_once_and_the_rest_at_the_rate():
    assert turns(Bucket(0.5, 3), 6) == pytest.approx([0, 0, 0, 0.5, 1.0, 1.5])


def test_a_pause_refills_the_burst_and_no_more():
    bucket = Bucket(1.0, 2)
    turns(bucket, 2, now=0.0)
    assert turns(bucket, 3, now=100.0) == pytest.approx([100, 100, 101])


def test_who_came_first_goes_first():
    bucket = Bucket(1.0, 1)
    first, second, third = (bucket.queue() for _ in range(3))
    assert bucket.turn(first, 0.0) == (0, 1)
    assert bucket.turn(third, 1.0) == (2, 0)
    assert bucket.turn(second, 1.0) == (1, 2)


def test_who_gives_up_leaves_no_gap():
    bucket = Bucket(1.0, 1)
    first, second, third = (bucket.queue() for _ in range(3))
    bucket.turn(first, 0.0)
    bucket.leave(second)
    assert bucket.turn(third, 1.0) == (1, 2)


def test_a_quota_is_spread_over_its_windows():
    bucket = Bucket(None, 1)
    turns(bucket, 1)
    learn(bucket, Quota(2, 10, limit=3, window_s=60))
    assert turns(bucket, 9) == [0, 0, 10, 10, 10, 70, 70, 70, 130]


def test_a_window_begins_again_by_itself():
    bucket = Bucket(None, 1)
    turns(bucket, 1)
    learn(bucket, Quota(0, 10, limit=2, window_s=60))
    assert turns(bucket, 3, now=75.0) == [75, 75, 130]


def test_after_a_reset_of_unknown_size_nothing_is_known():
    bucket = Bucket(None, 1)
    turns(bucket, 1)
    learn(bucket, Quota(0, 10))
    assert turns(bucket, 1, now=9.0) == [10]
    assert turns(Bucket(None, 1), 5, now=10.0) == [10] * 5


def test_what_is_under_way_is_taken_off():
    bucket = Bucket(None, 1)
    turns(bucket, 5)
    learn(bucket, Quota(6, 10), number=1)  # has not seen requests 2 to 5
    assert turns(bucket, 3) == [0, 0, 10]


def test_answers_that_were_overtaken_do_not_count():
    bucket = Bucket(None, 1)
    turns(bucket, 2)
    learn(bucket, Quota(0, 10), number=2)
    learn(bucket, Quota(50, 10), number=1)
    assert turns(bucket, 1) == [10]


def test_a_ban_holds_whatever_else_is_said():
    bucket = Bucket(None, 1)
    turns(bucket, 2)
    learn(bucket, retry_in_s=30.0, number=1)
    learn(bucket, Quota(50, 10), number=2)
    learn(bucket, retry_in_s=5.0, number=2)
    assert turns(bucket, 2) == [30, 30]


def test_after_a_ban_the_burst_holds():
    bucket = Bucket(1.0, 2)
    turns(bucket, 2)
    learn(bucket, retry_in_s=30.0)
    assert turns(bucket, 4) == pytest.approx([30, 30, 31, 32])
