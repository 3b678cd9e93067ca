"""What holds for every condition, every text and every event."""

from __future__ import annotations

import fnmatch
import pickle
import re

from hypothesis import given, settings, strategies as st

from portcall.actions.fql import (
    And,
    Compare,
    Contains,
    Equals,
    Match,
    Not,
    OneOf,
    Or,
    Path,
    compile_condition,
    parse,
    unparse,
)
from portcall.errors import SubscriptionError

stable = settings(derandomize=True, deadline=None, max_examples=300)

KEYS = st.text(max_size=6) | st.sampled_from(["x", "y", "0", "and", "null", "a.b", "[0]", " "])
NAMES = st.sampled_from(["type", "event", "name"]).map(lambda field: Path((field,)))
IDS = st.sampled_from(["userId", "anonymousId", "messageId"]).map(lambda field: Path((field,)))
INSIDE = st.builds(
    lambda field, keys: Path((field, *keys)),
    st.sampled_from(["properties", "traits", "context"]),
    st.lists(KEYS, max_size=3),
)
PATHS = NAMES | IDS | INSIDE
TEXTS = st.text(max_size=8) | st.text(alphabet="\\\"'*ab", max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = {NAMES: TEXTS | st.none(), IDS: TEXTS | st.none() | st.booleans()}
VALUES[INSIDE] = VALUES[IDS] | NUMBERS
PARTS = st.lists(TEXTS, min_size=1, max_size=4).filter(lambda parts: all(parts[1:-1])).map(tuple)

TESTS = st.one_of(
    *(st.builds(Equals, paths, values, st.booleans()) for paths, values in VALUES.items()),
    *(
        st.builds(OneOf, paths, st.lists(values, min_size=1, max_size=4).map(tuple))
        for paths, values in VALUES.items()
    ),
    st.builds(Compare, PATHS, st.sampled_from(["<", "<=", ">", ">="]), NUMBERS),
    st.builds(Contains, PATHS, TEXTS, st.booleans()),
    st.builds(Match, PATHS, PARTS, st.booleans()),
)


def groups(conditions):
    several = st.lists(conditions, min_size=2, max_size=4).map(tuple)
    return st.builds(And, several) | st.builds(Or, several) | st.builds(Not, conditions)


CONDITIONS = st.recursive(TESTS, groups, max_leaves=8)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5) | st.just(float("nan")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.just("x"), inner, max_size=3)
    ),
    max_leaves=6,
)
EVENTS = st.dictionaries(
    st.sampled_from(["type", "event", "userId", "properties", "traits", "context"]), JSON
)
WORDS = "type event properties and OR not in contains match exists null true a.b é"
SIGNS = "= != < >= ( ) [ ] , . ! == * $ \" ' \\"
PIECES = st.sampled_from(
    [*WORDS.split(), *SIGNS.split(), "\n", "1", "-2.5", '"a"', "'b*'", "contains(", "properties.x"]
)


def outcome_of(text):
    try:
        return parse(text)
    except SubscriptionError as error:
        return error


@stable
@given(CONDITIONS)
def test_a_printed_condition_reads_back_as_itself(condition):
    assert parse(unparse(condition)) == condition


@stable
@given(st.text() | st.lists(PIECES).map(" ".join) | st.lists(PIECES).map("".join))
def test_no_text_raises_anything_but_a_subscription_error(text):
    outcome = outcome_of(text)
    if isinstance(outcome, SubscriptionError):
        assert 0 <= outcome.position <= len(text)
        assert len(str(outcome).split("\n")) == 4
    else:
        assert parse(unparse(outcome)) == outcome


@stable
@given(CONDITIONS, EVENTS | JSON)
def test_every_condition_has_a_verdict_on_every_event(condition, event):
    assert compile_condition(condition)(event) in (True, False)


@stable
@given(st.lists(CONDITIONS, min_size=2, max_size=4), EVENTS)
def test_and_or_and_not_are_those_of_logic(conditions, event):
    verdicts = [compile_condition(one)(event) for one in conditions]
    assert compile_condition(And(tuple(conditions)))(event) is all(verdicts)
    assert compile_condition(Or(tuple(conditions)))(event) is any(verdicts)
    assert compile_condition(Not(conditions[0]))(event) is not verdicts[0]


@stable
@given(CONDITIONS, EVENTS)
def test_a_condition_says_the_same_however_deep_it_is_written(condition, event):
    deep = condition
    for _ in range(50):
        deep = Not(Not(deep))
    assert compile_condition(deep)(event) is compile_condition(condition)(event)


@stable
@given(CONDITIONS, CONDITIONS)
def test_conditions_are_equal_exactly_if_they_print_alike(one, other):
    assert (one == other) == (unparse(one) == unparse(other))
    assert hash(parse(unparse(one))) == hash(one)
    assert pickle.loads(pickle.dumps(one)) == one


@stable
@given(st.text(alphabet="ab*", max_size=8), st.text(alphabet="ab", max_size=12))
def test_a_glob_fits_what_the_standard_library_says_it_fits(glob, text):
    expected = re.compile(fnmatch.translate(glob)).match(text) is not None
    matches = compile_condition(parse(f'match(event, "{glob}")'))
    assert matches({"event": text}) is expected
