"""Random subscriptions over random events have the verdict of Segment's packages.

They are written in the part of the language that both have; what differs on purpose is in ``docs/fql.md``.
"""

import random

from portcall.actions.fql import Subscription

EVENTS = 6
SCRIPT = """
(subscription, events) => {
  const ast = parseFql(subscription);
  return ast.error ? null : events.map(event => validate(ast, event));
}
"""
TEXTS = ["track", "page", "5", "Order Completed", "true", "null", "", "a b", "10"]
VALUES = [*TEXTS, 5, 0, -1.5, 10, 11, True, False, None]
FIELDS = ["type", "event", "name", "userId"]
INNER = ["properties.a", "properties.b.c", "traits.a", "context.page.path", "properties.x\\ y"]
INNER += ["properties.l.\\0", "properties.l\\[0\\]", "properties.l.length"]
BOUNDS = ["5", "0", "-1.5", "10", '"5"']


def leaf(chance):
    path = chance.choice([*FIELDS, *INNER])
    inner, pick = path not in FIELDS, chance.random()
    if pick < 0.35 or path == "type":
        return f'{path} {chance.choice(["=", "!="])} "{chance.choice(TEXTS)}"'
    if pick < 0.5:
        operator = chance.choice(["=", "!="]) if inner else "="
        return (
            f"{path} {operator} {chance.choice(['5', '0', '-1.5', '10'] if inner else ['5', '0'])}"
        )
    if pick < 0.6:
        return f"{path} {chance.choice(['<', '<=', '>', '>='])} {chance.choice(BOUNDS)}"
    if pick < 0.68 and (inner or path in ("name", "userId")):
        return f"{path} {chance.choice(['=', '!='])} null"
    if pick < 0.74 and inner:
        return f"{path} = {chance.choice(['true', 'false'])}"
    return function(chance, path)


def function(chance, path):
    negation = chance.choice(["", "!"])
    if chance.random() < 0.5:
        text = chance.choice(['"a"', '"Order"', "track"])
        return f"{negation}contains({path}, {text})"
    pattern = chance.choice(["Order*", "*ed", "*", "t*", "*k"])
    return f'{negation}match({path}, "{pattern}")'


def subscription(chance):
    """Return a subscription with one joiner on each level: at Segment, the last one decides for all."""
    joiner = chance.choice([" and ", " or ", " AND "])
    parts = []
    for _ in range(chance.randint(1, 4)):
        leaves = [leaf(chance) for _ in range(chance.randint(1, 3))]
        # At Segment, a function in parentheses does not parse.
        grouped = chance.random() < 0.25 and not any("(" in each for each in leaves)
        parts.append(f"({chance.choice([' and ', ' or ']).join(leaves)})" if grouped else leaves[0])
    return joiner.join(parts)


def inside(chance):
    found = {
        "a": chance.choice(VALUES),
        "x y": chance.choice(VALUES),
        "l": chance.choice([[], [chance.choice(VALUES)], [chance.choice(VALUES), 1]]),
        "b": chance.choice([{"c": chance.choice(VALUES)}, {}, None]),
    }
    return {key: value for key, value in found.items() if chance.random() > 0.2}


def event(chance):
    found = {
        name: chance.choice(["track", "page", "Order Completed", "5", "", None, 5])
        for name in FIELDS
        if chance.random() < 0.7
    }
    if chance.random() < 0.85:
        found["properties"] = inside(chance)
    if chance.random() < 0.5:
        found["traits"] = {"a": chance.choice(VALUES)}
    if chance.random() < 0.5:
        found["context"] = {"page": chance.choice([{"path": chance.choice(VALUES)}, {}, None])}
    return found


def test_a_random_subscription_has_the_verdict_of_segment_on_random_events(segment, case_count):
    chance = random.Random(7)
    cases = [
        (subscription(chance), [event(chance) for _ in range(EVENTS)]) for _ in range(case_count)
    ]
    differ, compared = [], 0
    for (text, events), theirs in zip(cases, segment(SCRIPT, cases), strict=True):
        ours = [Subscription.parse(text).matches(each) for each in events]
        compared += theirs is not None
        if theirs is not None and ours != theirs:
            differ.append((text, events, ours, theirs))
    assert differ == []
    assert compared > case_count * 0.99
