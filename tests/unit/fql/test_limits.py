"""Nothing that is written in a subscription takes long, or takes the process down."""

from __future__ import annotations

import copy
import pickle
import time

import pytest

from portcall.actions.fql import Subscription, parse
from portcall.errors import SubscriptionError
from portcall.previews.matching import unmet

HOSTILE = {
    "parentheses": "(" * 100_000,
    "not": "not " * 25_000 + "type = a",
    "bang": "!" * 100_000,
    "keys": "properties" + ".a" * 45_000,
    "quotes": '"' * 100_000,
    "open quote": 'event = "' + "\\a" * 45_000,
    "open quote, backslash": 'event = "' + "\\" * 90_001,
    "escaped word": "\\ " * 50_000,
    "digits": "event = " + "1" * 90_000,
    "number of dots": "event = " + "1." * 45_000,
    "spaces": " " * 100_000,
    "lines": "\n" * 99_000 + "x",
    "brackets": "properties" + "[0]" * 30_000 + "=",
    "open list": "event in [" + "a," * 45_000,
    "functions": "contains(" * 11_000,
    "commas": "," * 100_000,
    "and": "and " * 25_000,
    "megabyte": "type = a or " * 87_000,
    "ten megabytes": "\x00" * 10_000_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_gets_a_short_error_soon(text):
    start = time.process_time()
    with pytest.raises(SubscriptionError) as caught:
        parse(text)
    assert time.process_time() - start < 5
    assert len(str(caught.value)) < 500
    assert 0 <= caught.value.position <= len(text)


def alternating(levels):
    """Return a text in which and, or and not are inside one another, and what it says of an event."""
    text, holds = "type = a", True
    for level in range(levels):
        kind = level % 3
        if kind == 0:
            text, holds = f"not ({text})", not holds
        elif kind == 1:
            text = f"event = b and ({text})"
        else:
            text = f"event = c or ({text})"
    return text, holds


@pytest.mark.parametrize("levels", [31, 32, 33, 34, 500, 998, 999, 1_000])
def test_nesting_is_read_compared_printed_and_matched_up_to_the_limit(levels):
    text, holds = alternating(levels)
    subscription = Subscription.parse(text)
    assert subscription.matches({"type": "a", "event": "b"}) is holds
    assert subscription.matches({"type": "x", "event": "b"}) is not holds
    again = Subscription.parse(str(subscription))
    assert again == subscription
    assert hash(again) == hash(subscription)
    assert again != Subscription.parse(alternating(levels - 1)[0])


def test_what_is_deeper_is_refused_at_its_deepest_place():
    assert Subscription.parse("not " * 1_000 + "type = a").matches({"type": "a"}) is True
    with pytest.raises(SubscriptionError, match="deeper than 1,000 levels") as caught:
        parse("not " * 1_001 + "type = a")
    assert caught.value.position == 1_000 * len("not ")
    with pytest.raises(SubscriptionError, match="deeper than 1,000 levels"):
        parse(alternating(1_001)[0])


def test_the_deepest_conditions_are_shown_copied_and_pickled():
    condition = parse(alternating(1_000)[0])
    assert pickle.loads(pickle.dumps(condition)) == condition
    assert copy.deepcopy(condition) == copy.copy(condition) == condition
    assert repr(parse("not (type = a and event = b)")) == (
        "Not(And((Equals(path=Path(keys=('type',)), value='a', negated=False),"
        " Equals(path=Path(keys=('event',)), value='b', negated=False))))"
    )
    assert len(repr(condition)) > 10_000


@pytest.mark.parametrize("pairs", [60, 1_001, 40_000])
def test_parentheses_that_change_nothing_are_no_levels(pairs):
    assert parse("(" * pairs + "type = a" + ")" * pairs) == parse("type = a")


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(f'event = "Event number {number}"' for number in range(3_000)),
        " and ".join(f"properties.p{number} != {number}" for number in range(3_000)),
        f"event in [{', '.join(f'e{number}' for number in range(10_000))}]",
        f'event = "{"x" * 99_000}"',
        f'event match "{"*x" * 40_000}"',
        "properties" + ".a" * 45_000 + " = 1",
    ],
    ids=["or", "and", "in", "text", "stars", "keys"],
)
def test_a_long_subscription_is_read_printed_and_matched_soon(text):
    start = time.process_time()
    subscription = Subscription.parse(text)
    assert parse(str(subscription)) == subscription.condition
    assert subscription.matches({"event": "x", "properties": {}}) is False
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "glob", ["*a" * 200 + "b", "*" * 1_000 + "b", "*aab" * 200, "a*" * 500 + "b"]
)
def test_stars_cost_nothing(glob):
    matches = Subscription.parse(f'match(event, "{glob}")').matches
    start = time.process_time()
    assert matches({"event": "a" * 1_000_000}) is False
    assert time.process_time() - start < 5


def test_the_parts_of_the_deepest_filter_are_explained():
    text = "event = last"
    for _ in range(330):
        text = f"type = a and (event = other or type = b and ({text}))"
    found = unmet(f"userId = u and ({text})", {"type": "a"})
    assert [each["condition"] for each in found][:1] == ['userId = "u"']
