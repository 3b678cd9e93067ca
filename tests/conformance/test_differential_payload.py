"""Random values in fields of a payload: what both take becomes the same value as at Segment.

What differs on purpose is listed in ``docs/mapping-differences.md``, and named here where it can happen.
"""

import json
import random

import attrs

from portcall import SettingsError, field
from portcall.fields import validate

SCRIPT = """
(() => {
  const {validateSchema} = require('@segment/actions-core/schema-validation');
  return (type, value) => {
    const made = {v: value}, property = type === 'list' ? {type: 'array', items: {type: 'string'}} : {type};
    const schema = {type: 'object', properties: {v: property}};
    try { validateSchema(made, schema); return {ok: made.v}; } catch (error) { return {error: true}; }
  };
})()
"""
TYPES = {"string": str, "boolean": bool, "integer": int, "number": float, "list": list[str]}
CLASSES = {
    name: attrs.make_class(
        "Made", {"v": field(label="V")}, frozen=True, class_body={"__annotations__": {"v": kind}}
    )
    for name, kind in TYPES.items()
}
TEXTS = ["true", "false", "1", "0", "5.0", "1e3", "-7", "007", "x", "a b", "1.5", "é😀", "1.50"]
NUMBERS = [0, 1, -1, 5, 42, 2.0, 1.5, 1e21, 1e-7, 123456789012, 0.1, 2**53]


def value(chance, kind):
    one = chance.choice(
        [*TEXTS, *NUMBERS, True, False, chance.randint(-(10**9), 10**9), chance.random()]
    )
    many = kind == "list" and chance.random() < 0.7
    return [value(chance, "") for _ in range(chance.randint(1, 3))] if many else one


def ours(kind, given):
    try:
        return {"ok": validate(CLASSES[kind], {"v": given}, what="it", lenient=True).v}
    except SettingsError:
        return {"error": True}


def expected(kind, given, theirs):
    """Return Segment's answer, but where ours differs on purpose."""
    if kind in {"integer", "number"} and isinstance(given, bool):
        return {"error": True}  # a boolean is not a number
    if kind == "boolean" and given in ("1", "0"):
        return {"ok": given == "1"}
    return theirs


def test_a_random_value_of_a_payload_field_is_taken_as_segment_takes_it(segment, case_count):
    chance = random.Random(11)
    kinds = [chance.choice(list(TYPES)) for _ in range(case_count)]
    cases = [(kind, value(chance, kind)) for kind in kinds]
    differ = []
    for (kind, given), theirs in zip(cases, segment(SCRIPT, cases), strict=True):
        found, wanted = ours(kind, given), expected(kind, given, theirs)
        if json.dumps(found) != json.dumps(wanted) and not _is_same_number(found, wanted):
            differ.append((kind, given, found, wanted))
    assert differ == []


def _is_same_number(found, wanted):
    """JavaScript has one type for 5 and 5.0."""
    numbers = [each.get("ok") for each in (found, wanted)]
    return all(type(each) in {int, float} for each in numbers) and numbers[0] == numbers[1]
