import pytest

from portcall.actions.mapping import authoring as m
from portcall.actions.mapping.compiler import compile_mapping

EVENT = {"a": "Ann", "n": 0, "o": {"x": {"y": None}}, "items": [{"id": 1}], "json": "[1]"}


@pytest.mark.parametrize(
    ("directive", "value"),
    [
        (m.path("$.a"), "Ann"),
        (m.template("{{a}}!"), "Ann!"),
        (m.liquid("{{ a | upcase }}"), "ANN"),
        (m.literal({"x": m.path("$.a")}), {"x": "Ann"}),
        (m.if_exists("$.a", m.path("$.a"), "none"), "Ann"),
        (m.if_exists(m.path("$.gone"), 1, 0), 0),
        (m.if_exists("$.gone", 1), None),
        (m.if_filled("$.n", 1, otherwise=False), False),
        (m.upper(m.path("$.a")), "ANN"),
        (m.lower(m.path("$.a")), "ann"),
        (m.replace(m.path("$.a"), "N", "m", ignore_case=True, everywhere=False), "Amn"),
        (m.array_path("$.items", {"n": m.path("$.id")}), [{"n": 1}]),
        (m.array_path("$.items"), [{"id": 1}]),
        (m.flatten(m.path("$.o"), "-"), {"x-y": None}),
        (m.encode_json(m.path("$.items")), '[{"id":1}]'),
        (m.decode_json(m.path("$.json")), [1]),
        (m.merge({"a": 1}, {"a": 2}, direction="left"), {"a": 1}),
        (m.transform({"x": m.path("$.a")}, {"y": m.path("$.x")}), {"y": "Ann"}),
        (m.exclude_when_null(m.path("$.o")), {"x": {}}),
    ],
)
def test_a_directive_written_in_python_works_like_its_json(directive, value):
    assert compile_mapping(directive)(EVENT) == value
    assert compile_mapping(directive.to_json())(EVENT) == value


def test_directives_are_values():
    shared = {"k": [m.path("$.a")]}
    directive = m.literal(shared)
    shared["k"].append(1)
    assert directive == m.literal({"k": [m.path("$.a")]})
    directive.to_json()["@literal"]["k"].clear()
    assert directive.to_json() == {"@literal": {"k": [{"@path": "$.a"}]}}


def test_the_source_is_the_mapping_as_it_was_given():
    mapping = {"a": m.path("$.a")}
    assert compile_mapping(mapping).source is mapping
