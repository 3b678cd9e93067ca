"""Printing a condition back."""

from __future__ import annotations

import pytest

from portcall.actions.fql import Equals, Not, Path, compile_condition, parse, unparse
from portcall.errors import SubscriptionError


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("event=a", 'event = "a"'),
        ("event = 'say \"hi\"'", r'event = "say \"hi\""'),
        (r"event = 'a\b'", r'event = "a\\b"'),
        ("properties.n != 1.50", "properties.n != 1.5"),
        ("properties.n > '10'", "properties.n > 10"),
        ("properties.n = 1e22", "properties.n = 1e+22"),
        ("traits.on = false", "traits.on = false"),
        ("name exists", "name != null"),
        ("traits.x in [a,1,true,null]", 'traits.x in ["a", 1, true, null]'),
        ("! event CONTAINS x", 'not (contains(event, "x"))'),
        ("!contains(event, x)", '!contains(event, "x")'),
        (r"match(event, '**5\*\\*')", r'match(event, "*5\*\\*")'),
        ("event not in [a]", 'not (event in ["a"])'),
        ("event = a or event = b and event = c", 'event = "a" or (event = "b" and event = "c")'),
        ("((event = a) and ((event = b)))", 'event = "a" and event = "b"'),
        ('properties."product 1".price = 1', r"properties.product\ 1.price = 1"),
        (r"properties.a\.b[0] = 1", 'properties."a.b".0 = 1'),
        ('properties.""["[]"] = 1', 'properties.""."[]" = 1'),
        ("properties.größe = 1", r"properties.gr\ö\ße = 1"),
    ],
)
def test_a_condition_prints_in_one_way_and_reads_back_as_itself(text, printed):
    assert unparse(parse(text)) == printed
    assert parse(printed) == parse(text)


def test_a_condition_deeper_than_the_parser_reads_is_refused():
    condition = Equals(Path(("event",)), "a")
    for _ in range(5_000):
        condition = Not(condition)
    for use in (unparse, compile_condition):
        with pytest.raises(SubscriptionError, match="nested deeper than 1,000 levels"):
            use(condition)
