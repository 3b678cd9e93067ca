"""Nothing that is written in a subscription takes long, or takes the process down."""

from __future__ import annotations

import time

import pytest

from portcall.actions.fql import Subscription, parse, unparse
from portcall.errors import SubscriptionError

HOSTILE = {
    "parentheses": "(" * 100_000,
    "closed parentheses": "(" * 40_000 + "type = a" + ")" * 40_000,
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
    start = time.perf_counter()
    with pytest.raises(SubscriptionError) as caught:
        parse(text)
    assert time.perf_counter() - start < 5
    assert len(str(caught.value)) < 500
    assert 0 <= caught.value.position <= len(text)


def test_nesting_is_read_up_to_the_limit_and_prints_back():
    condition = parse("not " * 32 + "type = a")
    assert parse(unparse(condition)) == condition
    with pytest.raises(SubscriptionError, match="deeper than 32 levels") as caught:
        parse("not " * 33 + "type = a")
    assert caught.value.position == 32 * len("not ")


def test_the_deepest_groups_that_are_read_print_back():
    text = "type = a"
    for _ in range(15):
        text = f"type = b or type = c and ({text})"
    condition = parse(text)
    assert parse(unparse(condition)) == condition
    with pytest.raises(SubscriptionError, match="deeper than 32 levels"):
        parse(f"type = b or type = c and (not ({text}))")


def test_parentheses_that_mean_nothing_are_no_levels():
    assert parse("(" * 60 + "type = a" + ")" * 60) == parse("type = a")


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
    start = time.perf_counter()
    subscription = Subscription.parse(text)
    assert parse(str(subscription)) == subscription.condition
    assert subscription.matches({"event": "x", "properties": {}}) is False
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "glob", ["*a" * 200 + "b", "*" * 1_000 + "b", "*aab" * 200, "a*" * 500 + "b"]
)
def test_stars_cost_nothing(glob):
    matches = Subscription.parse(f'match(event, "{glob}")').matches
    start = time.perf_counter()
    assert matches({"event": "a" * 1_000_000}) is False
    assert time.perf_counter() - start < 5
