"""Mappings against cases recorded from Segment's own mapping kit."""

import json
from pathlib import Path

import pytest

from portcall.actions.mapping import compile_mapping, validate_mapping
from portcall.actions.mapping.flattening import flatten
from portcall.actions.mapping.placeholders import render
from portcall.errors import MappingError

CASES = Path(__file__).parents[3] / "shared" / "conformance"
UNDEFINED = {"$js": "undefined"}
DEFAULTS = (None, "", ".", False)  # of flatten: value, prefix, separator, lists left alone

if not CASES.is_dir():
    pytest.skip("the recorded cases are not on this machine", allow_module_level=True)


def cases(name):
    return json.loads((CASES / f"mapping_{name}.json").read_text())


def without_undefined(value):
    if isinstance(value, dict):
        kept = {k: without_undefined(v) for k, v in value.items() if v != UNDEFINED}
        return None if value == UNDEFINED else kept
    return [without_undefined(item) for item in value] if isinstance(value, list) else value


def outcome(case):
    """The payload as text, so that the order of keys counts; None for an error."""
    event = without_undefined(case["event"])
    try:
        mapping = compile_mapping(without_undefined(case["mapping"]))
        return json.dumps(mapping({} if event is None else event))
    except MappingError:
        return None


@pytest.mark.parametrize("name", ["transform", "realworld"])
def test_every_recorded_payload_is_made_key_by_key(name):
    wanted = [
        None if "error" in case else json.dumps(without_undefined(case["output"]))
        for case in cases(name)
    ]
    assert [outcome(case) for case in cases(name)] == wanted


def test_every_recorded_verdict_is_the_same():
    recorded = cases("validate")
    # refused ones come first; theirs has no text for an error that is made of several
    refused = 1 + max(i for i, case in enumerate(recorded) if case["error"])
    verdicts = [bool(validate_mapping(case["mapping"])) for case in recorded]
    assert verdicts == [True] * refused + [False] * (len(recorded) - refused)


def test_every_recorded_template_renders():
    for case in cases("template"):
        if case["error"]:
            assert validate_mapping({"@template": [case["template"]]})
        else:
            data = without_undefined(case["data"])
            assert render(case["template"], data or {}) == case["output"]


def test_every_recorded_object_is_flattened():
    for case in cases("flatten"):
        value, _prefix, separator, omit_arrays = (*case["input"], *DEFAULTS[len(case["input"]) :])
        flat = flatten(value, separator, omit_arrays=omit_arrays)
        assert list(flat.items()) == list(case["output"].items())
