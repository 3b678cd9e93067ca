"""Which events a condition holds for."""

from __future__ import annotations

from collections import ChainMap
from types import MappingProxyType

import pytest

from portcall.actions.fql import Subscription

MISSING = object()
NAN = float("nan")


def holds(text, value=MISSING):
    properties = {} if value is MISSING else {"x": value}
    return Subscription.parse(text).matches({"type": "track", "properties": properties})


@pytest.mark.parametrize(
    ("text", "yes", "no"),
    [
        ('properties.x = "5"', ["5"], [5, 5.0, "05", None, MISSING, ["5"]]),
        ('properties.x != "5"', ["6", 5, None, MISSING, True, []], ["5"]),
        ("properties.x = 5", [5, 5.0], ["5", True, None, MISSING, NAN, [5]]),
        ("properties.x = 1", [1, 1.0], [True, "1"]),
        ("properties.x = 0", [0, 0.0, -0.0], [False, "", None, MISSING, []]),
        ("properties.x != 5", [6, 0, NAN], [5, "6", True, None, MISSING]),
        ("properties.x = true", [True], [1, 1.0, "true", False, None, MISSING]),
        ("properties.x = false", [False], [0, "", "false", True, None, MISSING]),
        ("properties.x != true", [False, 1, "true", None, MISSING], [True]),
        ("properties.x = null", [None, MISSING], [0, "", False, "null", [], {}]),
        ("properties.x != null", [0, "", False, "null", [], {}], [None, MISSING]),
        ("properties.x > 10", [11, 10.5, 10**400], [10, "11", True, None, MISSING, NAN]),
        ("properties.x >= 1", [1, 2], [True, "2", 0]),
        ("properties.x < 1", [0, -1.5], [False, "", None, MISSING, NAN, 1]),
        ("properties.x <= 0", [0, -1], [False, None, MISSING, 0.1]),
        ('contains(properties.x, "b")', ["abc", "b"], ["B", "", ["b"], None, MISSING, 5]),
        ('!contains(properties.x, "b")', ["xyz", ""], ["abc", ["x"], None, MISSING, 5]),
        ('not (contains(properties.x, "b"))', ["xyz", None, MISSING, 5, ["b"]], ["abc"]),
        ('!match(properties.x, "b*")', ["abc", ""], ["bc", None, MISSING, 5]),
        ('not (properties.x = "a")', ["b", None, MISSING, 5], ["a"]),
        ("not (properties.x > 5)", [5, "6", None, MISSING], [6]),
        ('properties.x in ["a", 1, null]', ["a", 1, 1.0, None, MISSING], [True, "1", 0, [], {}]),
        ("properties.x in [true, 0]", [True, 0], [1, False, "true", None, NAN, [1]]),
        ('properties.x not in ["a", 1]', ["b", 2, None, MISSING, True, []], ["a", 1]),
        ('properties.x = "a" or properties.x = 1', ["a", 1], [True, "1", MISSING]),
        ('properties.x = "a" or properties.x != 1', ["a", 2], [1, True, "b", MISSING]),
    ],
)
def test_a_value_equals_only_its_own_kind(text, yes, no):
    assert [value for value in yes if not holds(text, value)] == []
    assert [value for value in no if holds(text, value)] == []


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("Order *", ["Order ", "Order Completed"], ["Order", "My Order x", "order x"]),
        ("*ed", ["ed", "Completed"], ["Ed", "edit"]),
        ("*or*", ["or", "for", "fort", "ororor"], ["Or", "o r"]),
        ("a*a", ["aa", "aba", "aaa"], ["a", "ab", ""]),
        ("ab*ba", ["abba", "abxba"], ["aba", "ab"]),
        ("a*b*b*c", ["abbc", "a-b-b-c"], ["abc", "abcb"]),
        ("*", ["", "x", "\n"], []),
        ("whole", ["whole"], ["the whole", "wholes", ""]),
        ("", [""], ["x"]),
        (r"5\*", ["5*"], ["5", "55", "5\\"]),
        ("[a-z]?", ["[a-z]?"], ["a", "ab"]),
        ("x\n*", ["x\ny"], ["x"]),
    ],
)
def test_a_star_is_any_run_of_characters_and_all_else_is_itself(glob, yes, no):
    text = f'match(properties.x, "{glob}")'
    assert [value for value in yes if not holds(text, value)] == []
    assert [value for value in [*no, None, 5, ["x"]] if holds(text, value)] == []


EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "42",
    "messageId": "m",
    "properties": {
        "items": [{"id": "a"}, {"id": "b"}],
        "product 1": {"price": 9},
        "a.b": 1,
        "0": "zero",
        "length": 3,
        "title": "ab😀",
        "empty": "",
    },
    "traits": None,
    "context": {"page": {"path": "/"}},
}


@pytest.mark.parametrize(
    "text",
    [
        'type = track and event = "Order Completed" and userId = 42 and messageId = m',
        'context.page.path = "/"',
        r"properties.product\ 1.price = 9",
        r"properties.a\.b = 1",
        "properties.a.b = null",
        'properties.items[1].id = "b"',
        'properties.items.0.id = "a"',
        "properties.items[2].id = null",
        "properties.items.01.id = null",
        f"properties.items[{'9' * 50}] = null",
        'properties[0] = "zero"',
        "properties.items.length = 2",
        "properties.length = 3",
        "properties.title.length = 4",
        "properties.title.x = null",
        "properties.empty.x = null",
        "properties.items.id = null",
        "traits.email = null and traits = null",
        "context.page != null and context != null",
        "anonymousId = null and name = null",
    ],
)
def test_a_path_leads_into_objects_and_lists_and_else_to_nothing(text):
    assert Subscription.parse(text).matches(EVENT) is True


@pytest.mark.parametrize("event", [None, "", "track", 5, True, [], [EVENT], object()])
@pytest.mark.parametrize("text", ["type = track", "type != track", "not (type = track)"])
def test_what_is_no_object_matches_nothing(event, text):
    assert Subscription.parse(text).matches(event) is False


@pytest.mark.parametrize("field", ["properties", "traits", "context"])
@pytest.mark.parametrize("value", [None, "text", 5, True, [], object()])
def test_a_field_that_is_no_object_has_nothing_inside(field, value):
    assert Subscription.parse(f"{field}.a.b != null").matches({field: value}) is False
    assert Subscription.parse(f"{field}.a = 1").matches({field: value}) is False


@pytest.mark.parametrize("kind", [dict, MappingProxyType, ChainMap])
def test_any_mapping_is_an_event(kind):
    event = kind({"type": "track", "properties": kind({"x": kind({"y": 1})})})
    assert Subscription.parse("type = track and properties.x.y = 1").matches(event)


def test_a_chain_of_or_stops_at_nothing_and_a_chain_of_and_at_everything():
    chain = [f'event = "{name}"' for name in "abc"]
    for joined, verdicts in ((" or ", [True] * 3), (" and ", [False] * 3)):
        matches = Subscription.parse(joined.join(chain)).matches
        assert [matches({"event": name}) for name in "abc"] == verdicts
    mixed = Subscription.parse('event = "a" or type = "x" or userId = "u"').matches
    events = [{"event": "a"}, {"type": "x"}, {"userId": "u"}, {"event": "u"}]
    assert list(map(mixed, events)) == [True, True, True, False]
