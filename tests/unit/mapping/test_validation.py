import pytest

from portcall.actions.mapping.authoring import path
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import validate_mapping
from portcall.errors import MappingError


def found(mapping):
    return [(problem.path, problem.message) for problem in validate_mapping(mapping)]


def test_every_problem_is_found_with_its_pointer():
    mapping = {
        "a": {"@path": 5},
        "b": [{"@oops": 1}],
        "c/d": {"@if": {"then": {"@template": None}}},
        "e": {"@literal": {"x": {"@case": {"operator": "up"}}}},
    }
    places = ["/a/@path", "/b/0", "/c~1d/@if/then/@template", "/c~1d/@if"]
    assert [place for place, _ in found(mapping)] == [*places, "/e/@literal/x/@case/operator"]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (None, "/ must be an object; it is null."),
        ({"@pth": 1}, "/ has no valid directive: @pth (did you mean @path?)."),
        ({"@path": {}}, "/@path must be a string or a directive; it is an object."),
        ({"@path": "a", "x": 1}, "/ must have one @-key and nothing else; it has '@path', 'x'."),
        ({"@if": {"then": 1}}, "/@if needs 'exists' or 'blank'."),
        ({"@if": {"exists": 0}}, "/@if needs 'exists' or 'blank'."),
        ({"@if": {"@path": "a"}}, "/@if must be an object; it is a directive."),
        ({"@case": {"value": "x"}}, "/@case needs 'operator'."),
        ({"@replace": {"pattern": "", "value": "x"}}, "/@replace/pattern must not be empty."),
        (
            {"@replace": {"pattern": "x", "value": "x", "pattern2": "x" * 11}},
            "/@replace/pattern2 must have at most 10 characters; it has 11.",
        ),
        ({"@arrayPath": []}, "/@arrayPath must start with a path or a directive."),
        ({"@flatten": {"value": 1}}, "/@flatten needs 'separator'."),
        (
            {"@json": {"mode": "decode", "value": ""}},
            "/@json/value must not be empty, zero, false or null.",
        ),
        ({"@merge": {"objects": []}}, "/@merge needs 'direction'."),
        (
            {"@merge": {"direction": "left", "objects": [{}, 1]}},
            "/@merge/objects/1 must be an object or a directive; it is a number.",
        ),
        (
            {"@merge": {"direction": "left", "objects": 1}},
            "/@merge/objects must be an array; it is a number.",
        ),
        ({"@liquid": 5}, "/@liquid must be a string; it is a number."),
        ({"@liquid": "x" * 1001}, "/@liquid must have at most 1000 characters; it has 1001."),
        ({"a": {1}}, "/a must be JSON; it is a Python set."),
        ({"a": {1: 2}}, "/a must have strings as keys; it has a Python int."),
        (
            {"__segment_internal_directive": {"@path": "x"}},
            "/__segment_internal_directive/@path must be an object; it is a string.",
        ),
        (
            {"__segment_internal_directive": []},
            "/__segment_internal_directive must be an object with one directive.",
        ),
    ],
)
def test_a_problem_says_what_is_wrong(mapping, message):
    assert [text for _, text in found(mapping)] == [message]


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"list": [{"@type": "Product", "name": "n"}]},
        {"@literal": {"x": {"@type": "Product", "name": "n"}}},
        {"@replace": {"pattern": "x", "value": "x", "pattern2": "", "replacement2": "x" * 11}},
        {"__segment_internal_directive": {"@arrayPath": ["$.a"]}, "b": 1},
        [1, {"@path": "$.a"}],
        "foo",
        5,
    ],
)
def test_what_segment_accepts_is_accepted(mapping):
    assert found(mapping) == []


def test_a_mapping_nested_without_end_is_refused():
    mapping = {}
    mapping["self"] = mapping
    [problem] = validate_mapping(mapping)
    assert "nested more than 100 levels deep" in problem.message


def test_compiling_raises_all_problems_at_once():
    with pytest.raises(MappingError, match="/a/@path must be") as caught:
        compile_mapping({"a": {"@path": 1}, "b": path("$.x"), "c": {"@if": 1}})
    assert caught.value.problems == validate_mapping({"a": {"@path": 1}, "c": {"@if": 1}})


def test_a_mapping_that_is_no_object_is_spread_as_javascript_does():
    assert compile_mapping(5)({}) == {}
    assert compile_mapping("ab")({}) == {"0": "a", "1": "b"}
    assert compile_mapping([{"@path": "$.x"}])({"x": 1}) == {"0": 1}
