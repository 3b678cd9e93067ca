"""Refusals for one cause are one reason, whatever id, time and number each of them has."""

import pytest

from portcall.runs.counts import MAX_REASONS, Counts, shortened
from portcall.runs.reasons import common

SAID = [
    '{"error": "no such list", "request_id": "%s"}',
    "no such list (request %s)",
    "no such list; trace=%s",
]
IDS = [
    "req_8f3a2b1c9d",
    "req_0c77d1e2aa",
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "9c1185a5c5e9fc54",
]


@pytest.mark.parametrize("said", SAID)
def test_reasons_that_differ_in_a_request_id_are_one(said):
    counts = Counts()
    for number, each in enumerate(IDS * 15, 1):
        counts.fail("rejected", number, f"422 Unprocessable Entity: {said % each}")
    [(text, group)] = counts.by_count()
    assert text == f"422 Unprocessable Entity: {said % '…'}"
    assert (group.count, group.numbers) == (60, [1, 2, 3, 4, 5])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 2026-03-10T20:05:09.123Z", "at 2026-03-11T04:00:00+01:00"),
        ("at Fri, 27 Nov 2026 09:00:00 GMT", "at Sat, 28 Nov 2026 10:00:01 GMT"),
        ("items[3].email is wrong", "items[17].email is wrong"),
        ("event 12 is bad", "event 1,204 is bad"),
        ("took 0.123 s", "took 12.5 s"),
    ],
)
def test_reasons_that_differ_in_a_time_or_a_number_are_one(one, other):
    assert common(one) == common(other)
    assert "…" in common(one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("422 Unprocessable Entity: no", "409 Conflict: no"),
        ("User ID is missing", "Email is missing"),
        ("KeyError: 'name'", "KeyError: 'email'"),
        ("version v1 is gone", "version v2 is gone"),
    ],
)
def test_reasons_with_other_causes_stay_apart(one, other):
    assert common(one) != common(other)


def test_a_reason_that_is_the_same_every_time_is_shown_as_it_is():
    counts = Counts()
    for number in range(3):
        counts.fail("rejected", number, "at most 100 items are taken")
    assert [text for text, _ in counts.by_count()] == ["at most 100 items are taken"]


def test_the_reasons_of_several_subscriptions_are_one_too():
    parts = [Counts(), Counts()]
    for part, each in zip(parts, IDS[:2], strict=True):
        part.fail("rejected", 1, f"no list (request {each})")
    [(text, group)] = Counts.sum(parts).by_count()
    assert (text, group.count) == ("no list (request …)", 2)


def test_very_many_reasons_that_quote_the_event_are_counted_by_their_cause():
    counts = Counts()
    for number in range(1000):
        name = chr(97 + number % 26) + chr(97 + number // 26)
        counts.fail("rejected", number, *shortened(f"422 No: user '{name}' is unknown"))
    texts = [text for text, _ in counts.by_count()]
    assert len(texts) <= MAX_REASONS + 1
    assert dict(counts.by_count())['422 No: user "…" is unknown'].count > 900
