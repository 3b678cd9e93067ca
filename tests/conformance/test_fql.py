"""Subscriptions against verdicts recorded from Segment's action destinations."""

from __future__ import annotations

import json
from pathlib import Path as FilePath

import pytest

from portcall.actions.fql import (
    And,
    Compare,
    Contains,
    Equals,
    Match,
    Or,
    Path,
    Subscription,
    compile_condition,
    parse,
    unparse,
)
from portcall.errors import SubscriptionError

CASES = FilePath(__file__).with_name("cases")

FIELD_OF_TYPE = {
    "event-type": "type",
    "event": "event",
    "name": "name",
    "userId": "userId",
    "event-property": "properties",
    "event-trait": "traits",
    "event-context": "context",
}
TYPE_OF_FIELD = {field: name for name, field in FIELD_OF_TYPE.items()}

# Segment's parser reads a missing value as the text "eos", the name of its end token.
HALF_WRITTEN = {"type = "}


def recorded(name):
    return json.loads((CASES / name).read_text("utf-8"))


def theirs(condition):
    """Return a condition of ours as the tree that Segment's parser makes."""
    tree = their_node(condition)
    return (
        tree
        if tree["type"] == "group"
        else {"type": "group", "operator": "and", "children": [tree]}
    )


def their_node(condition):
    if isinstance(condition, (And, Or)):
        operator = type(condition).__name__.lower()
        children = [their_node(inner) for inner in condition.conditions]
        return {"type": "group", "operator": operator, "children": children}
    field, *keys = condition.path.keys
    node = {"type": TYPE_OF_FIELD[field], **({"name": ".".join(keys)} if keys else {})}
    return node | their_test(condition)


def their_test(condition):
    prefix = "not_" * getattr(condition, "negated", False)
    match condition:
        case Equals():
            return their_equality(condition.value, negated=condition.negated)
        case Compare():
            return {"operator": condition.operator, "value": condition.bound}
        case Contains():
            return {"operator": prefix + "contains", "value": condition.text}
        case Match(parts=(head, "")):
            return {"operator": prefix + "starts_with", "value": head}
        case Match(parts=("", tail)):
            return {"operator": prefix + "ends_with", "value": tail}
    raise AssertionError(condition)


def their_equality(value, *, negated):
    if value is None:
        return {"operator": "exists" if negated else "not_exists"}
    if isinstance(value, bool):
        assert not negated
        return {"operator": f"is_{str(value).lower()}"}
    if isinstance(value, str):
        return {"operator": "!=" if negated else "=", "value": value}
    return {"operator": f"number_{'not_' * negated}equals", "value": value}


def ours(tree):
    """Return a tree of Segment's parser as a condition of ours."""
    if tree["type"] == "group":
        children = tuple(ours(child) for child in tree["children"])
        kind = {"and": And, "or": Or}[tree["operator"]]
        return kind(children) if len(children) > 1 else children[0]
    keys = tree["name"].split(".") if "name" in tree else []
    path = Path((FIELD_OF_TYPE[tree["type"]], *keys))
    return our_test(path, tree["operator"], tree.get("value"))


def our_test(path, operator, value):
    negated = "not_" in operator or operator == "!="
    match operator.replace("not_", ""):
        case "<" | "<=" | ">" | ">=":
            return Compare(path, operator, int(value))
        case "contains":
            return Contains(path, value, negated)
        case "starts_with" | "ends_with":
            parts = (value, "") if "starts" in operator else ("", value)
            return Match(path, parts, negated)
    expected = {
        "=": str(value),
        "!=": str(value),
        "exists": None,
        "is_true": True,
        "is_false": False,
    }.get(operator.removeprefix("not_"), value)
    if "number" in operator:
        expected = int(value)
    return Equals(path, expected, negated is not ("exists" in operator))


@pytest.mark.parametrize("case", recorded("fql_parse.json"), ids=lambda case: case["fql"])
def test_a_subscription_parses_to_the_recorded_tree(case):
    if case["fql"] in HALF_WRITTEN:
        with pytest.raises(SubscriptionError, match="expected a value, found the end"):
            parse(case["fql"])
    else:
        assert theirs(parse(case["fql"])) == case["ast"]


@pytest.mark.parametrize("case", recorded("fql_match.json"), ids=lambda case: case["fql"])
def test_a_subscription_in_real_use_matches_the_recorded_events(case):
    matches = Subscription.parse(case["fql"]).matches
    verdicts = [matches(one["event"]) for one in case["cases"]]
    assert verdicts == [one["match"] for one in case["cases"]]


@pytest.mark.parametrize("case", recorded("fql_match.json"), ids=lambda case: case["fql"])
def test_a_subscription_in_real_use_prints_back_to_the_same_condition(case):
    condition = parse(case["fql"])
    assert parse(unparse(condition)) == condition


@pytest.mark.parametrize("case", recorded("fql_truth.json"), ids=lambda case: case["test"])
def test_a_condition_has_the_recorded_verdict_on_an_event(case):
    event = None if case["event"] == {"$js": "undefined"} else case["event"]
    if "error" in case["ast"]:
        # At Segment text that does not parse matches nothing; here it is an error.
        with pytest.raises(SubscriptionError):
            parse("typo")
        assert case["match"] is False
    else:
        condition = ours(case["ast"])
        assert parse(unparse(condition)) == condition
        assert compile_condition(condition)(event) is case["match"]


def test_no_recorded_case_is_missing():
    assert len(recorded("fql_parse.json")) == 44
    assert len(recorded("fql_match.json")) == 84
    assert len(recorded("fql_truth.json")) == 135
