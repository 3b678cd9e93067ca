import pytest

from portcall.actions.mapping.compiler import compile_mapping
from portcall.errors import MappingError

EVENT = {
    "s": "Hello World",
    "n": 5,
    "null": None,
    "o": {"a": 1, "b": None, "deep": {"x": None, "y": [None]}},
    "items": [{"id": 1, "tags": ["t"]}, {"id": 2}, 3, None],
    "empty": "",
}


def out(node, event=EVENT):
    return compile_mapping({"out": node})(event).get("out", "(missing)")


def test_if_exists_takes_anything_but_null_and_missing():
    chosen = [
        out({"@if": {"exists": {"@path": f"$.{key}"}, "then": 1, "else": 2}})
        for key in ("s", "empty", "null", "gone")
    ]
    assert chosen == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "value",
    ["", 0, False, None, [], [[]], [None], [""], 0.0],
)
def test_if_blank_takes_the_else_for_what_javascript_finds_equal_to_no_text(value):
    assert out({"@if": {"blank": {"@path": "$.v"}, "then": 1, "else": 2}}, {"v": value}) == 2


@pytest.mark.parametrize("value", [" ", 1, True, {}, [0], [False], [1, 2], ["", ""], float("nan")])
def test_if_blank_takes_the_then_for_everything_else(value):
    assert out({"@if": {"blank": {"@path": "$.v"}, "then": 1, "else": 2}}, {"v": value}) == 1


def test_a_branch_that_is_not_there_is_missing():
    assert out({"@if": {"exists": {"@path": "$.gone"}, "then": 1}}) == "(missing)"
    assert out({"@if": {"exists": {"@path": "$.s"}, "else": 1}}) == "(missing)"
    assert out({"@if": {"exists": {"@path": "$.gone"}, "else": False}}) == "(missing)"
    assert out({"@if": {"exists": {"@path": "$.s"}, "then": None}}) is None


def test_the_first_of_two_that_exists():
    node = {"@path": "$.o"}
    first = {"@if": {"exists": node, "then": node, "else": {"@path": "$.n"}}}
    assert out(first) == EVENT["o"]
    assert out(first, {"o": None, "n": 2}) == 2


def test_case_changes_texts_and_nothing_else():
    assert out({"@case": {"operator": "upper", "value": {"@path": "$.s"}}}) == "HELLO WORLD"
    assert out({"@case": {"operator": "lower", "value": "ÄÖ"}}) == "äö"
    assert out({"@case": {"operator": "lower", "value": {"@path": "$.o"}}}) == EVENT["o"]
    assert out({"@case": {"operator": "lower"}}) == "(missing)"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"pattern": "l"}, "Heo Word"),
        ({"pattern": "l", "replacement": "L", "global": False}, "HeLlo World"),
        ({"pattern": "L", "replacement": "_", "ignorecase": True}, "He__o Wor_d"),
        ({"pattern": "L", "replacement": "_", "ignorecase": True, "global": False}, "He_lo World"),
        ({"pattern": "o", "replacement": "[$&$$]"}, "Hell[o$] W[o$]rld"),
        ({"pattern": "O", "replacement": "<$&>", "ignorecase": True}, "Hell<o> W<o>rld"),
        ({"pattern": ".", "replacement": "x"}, "Hello World"),
        ({"pattern": "H", "pattern2": "W", "replacement2": "w"}, "ello world"),
        ({"pattern": "H", "pattern2": 5}, "ello World"),
        ({"pattern": "(a+)+$"}, "Hello World"),
    ],
)
def test_replace_takes_patterns_letter_by_letter(options, text):
    assert out({"@replace": {**options, "value": {"@path": "$.s"}}}) == text


def test_replace_writes_numbers_and_drops_what_is_no_text():
    def replaced(key):
        return out({"@replace": {"pattern": "5", "replacement": "6", "value": {"@path": key}}})

    assert [replaced(key) for key in ("n", "null", "o", "gone")] == ["6", "", "", ""]
    assert out({"@replace": {"pattern": "x", "value": ""}}) == "(missing)"


@pytest.mark.parametrize(
    ("pattern", "value", "text"),
    [("ss", "ß SS", "ß -"), ("S", "\u017f s", "\u017f -"), ("ä", "Ä\U00010400", "-\U00010400")],
)
def test_ignoring_case_never_matches_one_letter_with_two(pattern, value, text):
    options = {"pattern": pattern, "replacement": "-", "ignorecase": True, "value": value}
    assert out({"@replace": options}) == text


def test_array_path_shapes_each_item():
    node = {"@arrayPath": ["$.items", {"id": {"@path": "$.id"}, "tags": {"@path": "$.tags"}}]}
    assert out(node) == [{"id": 1, "tags": ["t"]}, {"id": 2}, {}, {"id": None, "tags": None}]


def test_array_path_takes_one_object_for_a_list_and_leaves_other_values_alone():
    shape = {"n": {"@path": "$.a"}}
    assert out({"@arrayPath": ["$.o", shape]}) == [{"n": 1}]
    assert out({"@arrayPath": ["$.s", shape]}) == "Hello World"
    assert out({"@arrayPath": [{"@path": "$.items"}, {}]}) == EVENT["items"]


def test_missing_items_of_a_list_are_null():
    assert out([{"@path": "$.gone"}, 1]) == [None, 1]
    assert out({"@arrayPath": ["$.items", {"@path": "$.id"}]}) == [1, 2, None, None]


def test_flatten_joins_keys():
    node = {"@flatten": {"separator": "_", "value": {"@path": "$.o"}}}
    assert out(node) == {"a": 1, "b": None, "deep_x": None, "deep_y_0": None}
    node["@flatten"]["omitArrays"] = True
    assert out(node) == {"a": 1, "b": None, "deep_x": None, "deep_y": [None]}
    assert out({"@flatten": {"separator": ".", "value": {"@path": "$.s"}}}) == {"": EVENT["s"]}
    assert out({"@flatten": {"separator": ".", "value": {"@path": "$.gone"}}}) == {}


def test_json_goes_both_ways():
    encode = {"@json": {"mode": "encode", "value": {"@path": "$.o.deep"}}}
    assert out(encode) == '{"x":null,"y":[null]}'
    assert out({"@json": {"mode": "decode", "value": encode}}) == EVENT["o"]["deep"]
    assert out({"@json": {"mode": "encode", "value": {"@path": "$.gone"}}}) == "(missing)"


def test_merge_replaces_by_missing_values_too():
    objects = [{"a": 1, "b": 1}, {"b": {"@path": "$.gone"}, "c": {"@path": "$.n"}}]
    assert out({"@merge": {"direction": "right", "objects": objects}}) == {"a": 1, "c": 5}
    assert out({"@merge": {"direction": "left", "objects": objects}}) == {"b": 1, "c": 5, "a": 1}
    nested = {"@merge": {"direction": "right", "objects": objects}}
    merged = {"@merge": {"direction": "right", "objects": [{"b": 7}, nested]}}
    assert out(merged) == {"a": 1, "c": 5}
    excluded = {"@excludeWhenNull": {"@path": "$.o"}}
    merged = {"@merge": {"direction": "right", "objects": [{"b": 7}, excluded]}}
    assert out(merged) == {"a": 1, "deep": {"y": [None]}}
    flat = {"@flatten": {"separator": ".", "value": {"b": {"@path": "$.gone"}}}}
    assert out({"@merge": {"direction": "right", "objects": [{"b": 7}, flat]}}) == {}


def test_merge_spreads_lists_and_texts_and_passes_over_the_rest():
    objects = [{"@template": "ab"}, {"@literal": [7]}, {"@path": "$.n"}, {"@path": "$.null"}]
    assert out({"@merge": {"direction": "right", "objects": objects}}) == {"0": 7, "1": "b"}


def test_transform_applies_one_mapping_to_the_payload_of_another():
    apply = {"x": {"@path": "$.o"}, "list": [{"@path": "$.gone"}]}
    mapping = {"y": {"@path": "$.x.a"}, "s": {"@path": "$.s"}, "all": {"@path": "$."}}
    node = {"@transform": {"apply": apply, "mapping": mapping}}
    assert out(node) == {"y": 1, "all": {"x": EVENT["o"], "list": [None]}}


def test_transform_works_on_objects_only():
    shape = {"@transform": {"apply": {}, "mapping": {"a": 1}}}
    with pytest.raises(MappingError, match="/out/@arrayPath/1/@transform works on an object"):
        out({"@arrayPath": ["$.items", shape]})


def test_exclude_when_null_looks_into_objects_but_not_into_lists():
    assert out({"@excludeWhenNull": {"@path": "$.o"}}) == {"a": 1, "deep": {"y": [None]}}
    assert out({"@excludeWhenNull": {"@path": "$.null"}}) == "(missing)"
    assert out({"@excludeWhenNull": {"@path": "$.items"}}) == EVENT["items"]


def test_directives_inside_a_literal_are_applied_and_other_at_keys_are_kept():
    literal = {"ld": {"@type": "Person", "name": {"@path": "$.s"}}}
    assert out({"@literal": literal}) == {"ld": {"@type": "Person", "name": "Hello World"}}


def test_metadata_beside_a_directive_is_passed_over():
    assert out({"_metadata": {"label": "x"}, "@path": "$.n"}) == 5


def test_a_root_directive_gets_all_other_fields_as_its_mapping():
    root = {"@transform": {"apply": {"x": {"@path": "$.n"}}}}
    mapping = {"__segment_internal_directive": root, "y": {"@path": "$.x"}}
    assert compile_mapping(mapping)(EVENT) == {"y": 5}
    assert root == {"@transform": {"apply": {"x": {"@path": "$.n"}}}}


def test_a_mapping_that_is_one_directive_may_give_any_value():
    assert compile_mapping({"@path": "$.n"})(EVENT) == 5
    assert compile_mapping({"@path": "$.gone"})(EVENT) is None


@pytest.mark.parametrize(("value", "found"), [(None, "null"), ([1], "array"), (5, "number")])
def test_a_computed_text_that_is_none_is_an_error_with_its_place(value, found):
    mapping = compile_mapping({"a": {"@template": {"@path": "$.t"}}})
    with pytest.raises(MappingError, match=f"gives {found}") as caught:
        mapping({"t": value})
    assert caught.value.problems[0].path == "/a/@template"


@pytest.mark.parametrize("event", [None, 5, "x", [], [{}]])
def test_an_event_that_is_no_object_is_refused(event):
    with pytest.raises(MappingError, match="An event must be an object"):
        compile_mapping({})(event)
