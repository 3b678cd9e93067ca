"""Counts and reasons that stay small, and how far a run is."""

import pytest

from portcall.runs.counts import MAX_REASONS, OTHER, Counts, shortened
from portcall.runs.progress import Extent, Progress


def test_reasons_that_always_differ_take_no_more_memory():
    counts = Counts()
    for number in range(500):
        counts.fail("rejected", number, f"reason {chr(97 + number % 26) * (number // 26 + 1)}", "")
    assert len(counts.reasons) <= MAX_REASONS + 1
    assert sum(group.count for group in counts.reasons.values()) == 500 == counts.rejected
    assert OTHER in counts.reasons


def test_a_reason_is_shown_without_the_request_that_every_reason_begins_with():
    said = 'POST https://api.example.com/x answered 422 Unprocessable Entity: {"error": "no"}'
    assert shortened(said) == ('422 Unprocessable Entity: {"error": "no"}', "422")
    assert shortened("KeyError: 'things'") == ("KeyError: 'things'", "KeyError")


def test_counts_of_several_subscriptions_are_added_up():
    one, other = Counts(took_s=1.0), Counts(took_s=2.0)
    one.outcomes["delivered"] = 3
    other.outcomes["delivered"] = 5
    for counts in (one, other):
        counts.fail("rejected", 7, "no sevens")
    whole = Counts.sum([one, other])
    assert (whole.delivered, whole.took_s) == (8, 2.0)
    assert whole.reasons["no sevens"].count == 2


@pytest.mark.parametrize(
    ("extent", "left_s"),
    [
        (Extent(0, 1_000, 4_000), 30.0),
        (Extent(2_000, 3_000, 4_000), 10.0),  # what an earlier run did took no time of this one
        (Extent(0, 0, 4_000), None),
        (Extent(0, 4_000, 4_000), 0.0),
        (Extent(0, 1_000, None), None),
    ],
)
def test_the_time_left_is_that_of_the_part_without_outcomes(extent, left_s):
    assert Progress.of(Counts(took_s=10.0), extent=extent).time_left_s == left_s
