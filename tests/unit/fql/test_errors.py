"""What a subscription that does not parse says: the place, and what to write."""

from __future__ import annotations

import pytest

from portcall.actions.fql import (
    And,
    Compare,
    Equals,
    Match,
    OneOf,
    Or,
    Path,
    parse,
)
from portcall.errors import SubscriptionError


def error(text):
    with pytest.raises(SubscriptionError) as caught:
        parse(text)
    return caught.value


def test_an_error_says_what_was_expected_where_and_what_to_write():
    text = 'type = "track" and event equals "x"'
    caught = error(text)
    assert str(caught).splitlines() == [
        "expected an operator, found equals",
        f"  {text}",
        "  " + " " * text.index("equals") + "^",
        "use =",
    ]
    assert caught.position == text.index("equals")


@pytest.mark.parametrize(
    ("text", "place", "problem", "advice"),
    [
        ('type == "a"', "==", "== is not part", "use ="),
        ('type === "a"', "===", "=== is not part", "use ="),
        ("type = a && event = b", "&&", "&& is not part", "use and"),
        ("type <> a", "<>", "<> is not part", "use !="),
        ("properties.a ≥ 1", "≥", "≥ is not part", "use >="),
        ("event = \u201cx\u201d", "\u201c", "is not part", 'use "'),
        ("evnt = a", "evnt", "evnt is not a field", "did you mean event?"),
        ("USERID = a", "USERID", "USERID is not a field", "did you mean userId?"),
        ("property.a = 1", "property", "property is not a field", "did you mean properties?"),
        ("price > 5", "price", "price is not a field", "properties.price"),
        ("length(event) > 5", "length", "length() is not known", "contains(...) and match(...)"),
        ("event.x = a", ".x", "event is text", 'event = "..."'),
        ("event starts_with a", "starts_with", "found starts_with", 'use match "text*"'),
        ("event contians a", "contians", "found contians", "use contains"),
        ("event not a", "a", "expected an operator, found a", "use"),
        ("properties.on", "", "expected an operator, found the end", "write = true"),
        ("properties.on and type = a", "and type", "an operator, found and", "write = true"),
        ("(properties.on)", ")", "expected an operator, found )", "write = true"),
        ("event = ", "", "expected a value, found the end", "text in quotes"),
        ("event = and type = a", "and", "expected a value, found and", "text in quotes"),
        ("event = a or 'b'", "'b'", "expected a field, found 'b'", 'event in ["a", "b"]'),
        ("properties.a = properties.b", "properties.b", "expected a value", "needs quotes"),
        ("properties.a = True", "True", "True may mean two things", "write true"),
        ("properties.a = NULL", "NULL", "NULL may mean two things", "write null"),
        ("properties.a < yes", "yes", "expected a number, found yes", "compare numbers only"),
        ('properties.a < "2024-01-01"', '"2024', "expected a number", "compare numbers only"),
        ("properties.a > true", "true", "expected a number", "compare numbers only"),
        ("event = 2024-01-01", "2024", "2024-01-01 is not a number", '"2024-01-01"'),
        ("properties.a = 1e999", "1e999", "1e999 is not a number", "quotes"),
        ("properties.a = ٣", "٣", "is not a number", "quotes"),
        ("event in a", "a", "expected [, found a", 'event in ["Signed Up"'),
        ("event in []", "]", "expected a value, found ]", "text in quotes"),
        ("event in [a b]", "b]", "expected ], found b", "write a list"),
        ("(event = a", "", "expected ), found the end", "close the parenthesis"),
        ("event = a)", ")", "this parenthesis was never opened", "remove it"),
        ("event = Order Completed", "Completed", 'expected "and", "or"', "quotes"),
        ('event = "a" type = "b"', "type", 'expected "and", "or"', '"and" or "or"'),
        ('event = "a', '"a', "no closing quote", 'close it with "'),
        ('match("a*", event)', '"a*"', "expected a field", 'match(event, "Order")'),
        ("contains(event)", ")", "expected ,, found )", 'contains(event, "Order")'),
        ("contains(event, [a])", "[a]", "expected text in quotes", "contains"),
        ("contains(event, a", "", "expected ), found the end", "contains"),
        ("properties. = 1", "=", "expected a key, found =", "properties.total"),
        ("properties[-1] = 1", "-1", "expected a place in a list", "items[0]"),
        ("properties[0 = 1", "=", "expected ], found =", "close the bracket"),
        ("properties.$x = 1", "$x", "$ is not part", "\\$"),
        ("event = a;", ";", "; is not part", "quotes"),
        ("event = \x00", "\x00", "U+0000 is not part", "quotes"),
        ("", "", "expected a condition, found the end", "write for example"),
        (" \n ", "", "expected a condition, found the end", "write for example"),
        ("and type = a", "and", "expected a condition, found and", "write for example"),
        ("type = a and or event = b", "or", "expected a condition, found or", "write for example"),
        ("()", ")", "expected a condition, found )", "write for example"),
    ],
)
def test_each_mistake_gets_its_place_and_its_advice(text, place, problem, advice):
    caught = error(text)
    first, *_, last = str(caught).splitlines()
    assert problem in first
    assert advice in last
    assert caught.position == (text.index(place) if place else len(text.rstrip()))


def test_the_caret_is_under_the_place_in_its_own_line():
    caught = error('type = "track"\n\tand evnt = "x"\nor name = "y"')
    assert str(caught).splitlines()[1:3] == ['   and evnt = "x"', "       ^"]


def test_a_long_subscription_does_not_make_a_long_message():
    caught = error(f'event = "{"a" * 50_000}" and evnt = "{"b" * 40_000}"')
    _, line, caret, _ = str(caught).splitlines()
    assert len(str(caught)) < 300
    assert line[len(caret) - 1 :].startswith("evnt")
    assert line.strip().startswith("…")
    assert line.endswith("…")


@pytest.mark.parametrize("word", ["x" * 90_000, "\x07" * 90_000, "1" * 90_000, '"' + "y" * 90_000])
def test_a_long_word_does_not_make_a_long_message(word):
    assert len(str(error(f"type = a and {word}"))) < 400


def test_control_characters_do_not_reach_the_terminal():
    assert str(error('event = "\x1b[31m\r" or evnt = a')).replace("\n", "").isprintable()


@pytest.mark.parametrize("value", [None, 5, b"type = a", ["type = a"]])
def test_what_is_no_text_is_refused(value):
    assert "a subscription is text" in str(error(value))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Path(()),
        lambda: Path(("nowhere",)),
        lambda: Path(("event", "x")),
        lambda: Equals(Path(("event",)), 5),
        lambda: Equals(Path(("event",)), value=True),
        lambda: Equals(Path(("properties", "x")), float("nan")),
        lambda: Compare(Path(("properties", "x")), "<", float("inf")),
        lambda: Compare(Path(("properties", "x")), "<", bound=True),
        lambda: Compare(Path(("properties", "x")), "<", 10**5_000),
        lambda: OneOf(Path(("event",)), ()),
        lambda: OneOf(Path(("userId",)), (5,)),
        lambda: Match(Path(("event",)), ()),
        lambda: Match(Path(("event",)), ("a", "", "b")),
        lambda: And(()),
        lambda: Or((Equals(Path(("event",)), "a"),)),
    ],
)
def test_a_condition_that_cannot_be_written_cannot_be_made(make):
    with pytest.raises(SubscriptionError):
        make()
