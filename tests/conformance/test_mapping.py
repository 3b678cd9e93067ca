"""Mappings against cases recorded from Segment's own mapping kit."""

import json
from pathlib import Path

import pytest

from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.flattening import flatten
from portcall.actions.mapping.placeholders import render
from portcall.actions.mapping.validate import validate_mapping
from portcall.errors import MappingError

CASES = Path(__file__).with_name("cases")
UNDEFINED = {"$js": "undefined"}
DEFAULTS = (None, "", ".", False)  # of flatten: value, prefix, separator, lists left alone


def cases(name):
    return json.loads((CASES / f"mapping_{name}.json").read_text())


def without_undefined(value):
    if isinstance(value, dict):
        kept = {k: without_undefined(v) for k, v in value.items() if v != UNDEFINED}
        return None if value == UNDEFINED else kept
    return [without_undefined(item) for item in value] if isinstance(value, list) else value


def outcome(case):
    """Return the payload as text, so that the order of keys counts, or None for an error."""
    event = without_undefined(case["event"])
    try:
        mapping = compile_mapping(without_undefined(case["mapping"]))
        return json.dumps(mapping({} if event is None else event))
    except MappingError:
        return None


@pytest.mark.parametrize("name", ["transform", "realworld"])
def test_a_mapping_makes_the_recorded_payload_in_the_recorded_key_order(name):
    wanted = [
        None if "error" in case else json.dumps(without_undefined(case["output"]))
        for case in cases(name)
    ]
    assert [outcome(case) for case in cases(name)] == wanted


def test_a_mapping_is_valid_exactly_if_it_was_recorded_as_valid():
    recorded = cases("validate")
    # Refused mappings come first; the recorded text is null where an error has several parts.
    refused = 1 + max(i for i, case in enumerate(recorded) if case["error"])
    verdicts = [bool(validate_mapping(case["mapping"])) for case in recorded]
    assert verdicts == [True] * refused + [False] * (len(recorded) - refused)


def test_a_template_renders_to_the_recorded_text():
    for case in cases("template"):
        if case["error"]:
            assert validate_mapping({"@template": [case["template"]]})
        else:
            data = without_undefined(case["data"])
            assert render(case["template"], data or {}) == case["output"]


def test_an_object_is_flattened_to_the_recorded_keys():
    for case in cases("flatten"):
        value, _prefix, separator, omit_arrays = (*case["input"], *DEFAULTS[len(case["input"]) :])
        flat = flatten(value, separator, omit_arrays=omit_arrays)
        assert list(flat.items()) == list(case["output"].items())
