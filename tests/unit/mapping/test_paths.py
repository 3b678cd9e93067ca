import pytest

from portcall.actions.mapping.authoring import path
from portcall.actions.mapping.compiler import compile_mapping

EVENT = {
    "a": {"b": {"c": {"d": 4}}, "list price": 5, "x.y": 6},
    "items": [{"sku": "s0"}, {"sku": "s1"}],
    "nothing": None,
    "zero": 0,
    "word": "abc",
}


def at(where, event=EVENT):
    return compile_mapping({"out": path(where)})(event)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("$.a.b.c.d", 4),
        ("a.b.c.d", 4),
        ("$.a.b.c", {"d": 4}),
        ("$.a['b'].c['d']", 4),
        ('$.a["list price"]', 5),
        ("$.a.list price", 5),
        ("$.items[1].sku", "s1"),
        ("$.items.0.sku", "s0"),
        ("$.items[0]['sku']", "s0"),
        ("$.a..b.c.d", 4),
        ("$.items.length", 2),
        ("$.word.length", 3),
        ("$.word[1]", "b"),
        ("$.zero", 0),
        ("$.nothing", None),
    ],
)
def test_a_path_leads_to_its_value(where, value):
    assert at(where) == {"out": value}


@pytest.mark.parametrize("where", ["", ".", "$.", "$"])
def test_the_empty_path_is_the_whole_event(where):
    assert at(where) == {"out": EVENT}


@pytest.mark.parametrize(
    "where",
    [
        *["$.x", "$.a.x", "$.a.b.x", "$.x.y.z", "$.x.y", "$.items[2]", "$.items[01]"],
        *["$.items.-1", "$.word[3]", "$.word.x", "$.a.b.c.d.e.f", "$.items.sku"],
    ],
)
def test_a_path_that_leads_nowhere_leaves_its_key_out(where):
    assert at(where) == {}


@pytest.mark.parametrize(("where", "value"), [("$.nothing.x", None), ("$.zero.x.y", 0)])
def test_a_path_through_null_or_zero_ends_there(where, value):
    assert at(where) == {"out": value}


def test_objects_and_lists_of_other_types_are_read_and_copied_as_json():
    from types import MappingProxyType

    event = MappingProxyType({"a": MappingProxyType({"b": ({"c": 1},)})})
    assert at("$.a.b[0].c", event) == {"out": 1}
    assert at("$.a", event) == {"out": {"b": [{"c": 1}]}}


def test_a_computed_path_follows_what_the_event_says():
    mapping = compile_mapping({"@path": {"@template": "$.{{which}}.v"}})
    assert mapping({"which": "a", "a": {"v": 1}}) == 1
