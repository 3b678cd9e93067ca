"""What a subscription means, as a tree."""

from __future__ import annotations

import pytest

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
    parse,
)


def path(*keys):
    return Path(keys)


A, B, C = (Equals(path("event"), name) for name in "abc")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('event = "a"', A),
        ("event = 'a'", A),
        ("event=a", A),
        ('\n  event\t=\n"a"  ', A),
        ('event != "a"', Equals(path("event"), "a", negated=True)),
        ("properties.n = 5", Equals(path("properties", "n"), 5)),
        ("properties.n = -1.5e3", Equals(path("properties", "n"), -1500.0)),
        ("properties.n = +007", Equals(path("properties", "n"), 7)),
        ("properties.n != 5", Equals(path("properties", "n"), 5, negated=True)),
        ('properties.n = "5"', Equals(path("properties", "n"), "5")),
        ("traits.on = true", Equals(path("traits", "on"), True)),
        ("traits.on != false", Equals(path("traits", "on"), False, negated=True)),
        ("name = null", Equals(path("name"), None)),
        ("userId != null", Equals(path("userId"), None, negated=True)),
        ("context.traits.email exists", Equals(path("context", "traits", "email"), None, True)),
        ("messageId not exists", Equals(path("messageId"), None)),
        ("anonymousId = x-1_y", Equals(path("anonymousId"), "x-1_y")),
        ("properties.n < 1", Compare(path("properties", "n"), "<", 1)),
        ("properties.n <= 1.5", Compare(path("properties", "n"), "<=", 1.5)),
        ('properties.n > "10"', Compare(path("properties", "n"), ">", 10)),
        ("properties.n>=1", Compare(path("properties", "n"), ">=", 1)),
        ('event in ["a", b]', OneOf(path("event"), ("a", "b"))),
        ("traits.x IN [1,null , true]", OneOf(path("traits", "x"), (1, None, True))),
        ("event not in [a]", Not(OneOf(path("event"), ("a",)))),
    ],
)
def test_one_test_has_a_path_an_operator_and_a_value(text, condition):
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('contains(event, "x")', Contains(path("event"), "x")),
        ('event contains "x"', Contains(path("event"), "x")),
        ('CONTAINS ( event , "x" )', Contains(path("event"), "x")),
        ("contains(traits.n, 5)", Contains(path("traits", "n"), "5")),
        ("contains(type, x)", Contains(path("type"), "x")),
        ('!contains(event, "x")', Contains(path("event"), "x", negated=True)),
        ('! contains(event, "x")', Contains(path("event"), "x", negated=True)),
        ('not contains(event, "x")', Contains(path("event"), "x", negated=True)),
        ('event not contains "x"', Contains(path("event"), "x", negated=True)),
        ('not (contains(event, "x"))', Not(Contains(path("event"), "x"))),
        ('match(event, "x*")', Match(path("event"), ("x", ""))),
        ('event match "*x"', Match(path("event"), ("", "x"))),
        ('!match(event, "a*b*c")', Match(path("event"), ("a", "b", "c"), negated=True)),
        ('match(event, "***")', Match(path("event"), ("", ""))),
        ('match(event, "a**b")', Match(path("event"), ("a", "b"))),
        ("match(event, x)", Match(path("event"), ("x",))),
        (r'match(event, "5\*\\*\"?")', Match(path("event"), ("5*\\", '"?'))),
    ],
)
def test_tests_of_a_text_are_functions_or_operators(text, condition):
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("event = a or event = b and event = c", Or((A, And((B, C))))),
        ("event = a and event = b or event = c", Or((And((A, B)), C))),
        ("(event = a or event = b) and event = c", And((Or((A, B)), C))),
        ("event = a AND event = b And event = c", And((A, B, C))),
        ("event = a oR event = b OR event = c", Or((A, B, C))),
        ("(event = a and event = b) and event = c", And((And((A, B)), C))),
        ("not event = a and event = b", And((Not(A), B))),
        ("!event = a or NOT event = b", Or((Not(A), Not(B)))),
        ("not !NoT event = a", Not(Not(Not(A)))),
        ("!(event = a or (event = b and (event = c)))", Not(Or((A, And((B, C)))))),
        ("((((event = a))))", A),
        (
            'event = a and (match(event, "b*") or !(contains(event, "c")))',
            And((A, Or((Match(path("event"), ("b", "")), Not(Contains(path("event"), "c")))))),
        ),
    ],
)
def test_not_binds_stronger_than_and_and_and_stronger_than_or(text, condition):
    assert parse(text) == condition


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("properties", ["properties"]),
        ("properties.and.or.null.true.type", ["properties", "and", "or", "null", "true", "type"]),
        (r"properties.product\ 1.price", ["properties", "product 1", "price"]),
        (r"properties.\$a\.b", ["properties", "$a.b"]),
        ('properties."a.b"', ["properties", "a.b"]),
        ("properties.'it\\'s'.x", ["properties", "it's", "x"]),
        ('context["a b"].c', ["context", "a b", "c"]),
        ("properties.items[0].id", ["properties", "items", "0", "id"]),
        ("properties.items.0.id", ["properties", "items", "0", "id"]),
        (r"properties.items\[0\].id", ["properties", "items", "0", "id"]),
        (r"properties.\[\]", ["properties", "[]"]),
        ('properties."items[0]"', ["properties", "items[0]"]),
        ('properties.""', ["properties", ""]),
        ("properties.1st-try", ["properties", "1st-try"]),
        ("traits . größe", ["traits", "größe"]),
    ],
)
def test_a_path_has_keys_in_words_quotes_brackets_and_with_backslashes(text, keys):
    assert parse(f"{text} = 1") == Equals(path(*keys), 1)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\"b"', 'a"b'),
        (r"'a\'b'", "a'b"),
        (r'"a\\b"', r"a\b"),
        (r'"C:\new"', r"C:\new"),
        ('"two\nlines"', "two\nlines"),
        (r"Order\ Completed", "Order Completed"),
        ('""', ""),
        ("contains", "contains"),
        ("été", "été"),
    ],
)
def test_text_is_in_quotes_or_one_word_and_a_backslash_escapes(text, value):
    assert parse(f"event = {text}") == Equals(path("event"), value)


@pytest.mark.parametrize("field", ["type", "event", "name"])
@pytest.mark.parametrize("value", ["5", "007", "1.50", "true", "false"])
def test_a_name_takes_numbers_and_booleans_as_they_are_written(field, value):
    assert parse(f"{field} = {value}") == Equals(path(field), value)


def test_an_identifier_takes_numbers_as_text_and_booleans_as_booleans():
    assert parse("userId = 0042") == Equals(path("userId"), "0042")
    assert parse("userId in [42]") == OneOf(path("userId"), ("42",))
    assert parse("userId = true") == Equals(path("userId"), True)


def test_one_and_true_and_one_point_zero_are_three_conditions():
    conditions = {Equals(path("traits", "x"), value) for value in (1, True, 1.0)}
    lists = {OneOf(path("traits", "x"), (value,)) for value in (1, True, 1.0)}
    assert (len(conditions), len(lists)) == (3, 3)
