"""Each place where mappings differ from Segment's on purpose: docs/mapping-differences.md."""

import copy
import time
from datetime import UTC, datetime

import pytest

from portcall.actions.mapping.authoring import liquid, path, replace, template
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import validate_mapping as problems
from portcall.errors import MappingError


def out(node, event):
    return compile_mapping({"out": node})(event).get("out", "(missing)")


@pytest.mark.parametrize(
    "inner",
    [
        {"@oops": 1},
        {"@path": 5},
        {"@if": {"then": 1}},
        {"@case": {"operator": "title", "value": "x"}},
        {"@flatten": {"value": 1}},
        {"@merge": {"objects": []}},
        {"@json": {"mode": "encode", "value": ""}},
        {"@replace": {"pattern": "x", "value": "x", "pattern2": "x" * 11}},
        {"@liquid": "{{"},
    ],
)
@pytest.mark.parametrize("around", [lambda x: [x], lambda x: {"@literal": {"k": [x]}}])
def test_everything_is_checked_when_the_mapping_is_compiled(inner, around):
    assert len(problems(around(inner))) == 1


def test_mode_and_direction_are_read_in_any_case():
    assert out({"@json": {"mode": "ENCODE", "value": path("$.a")}}, {"a": [1]}) == "[1]"
    objects = [{"a": 1}, {"a": 2}]
    assert out({"@merge": {"direction": "LEFT", "objects": objects}}, {}) == {"a": 1}


def test_nesting_has_a_limit():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert problems(deep)
    with pytest.raises(MappingError, match="nested too deeply"):
        out(path("$.deep"), {"deep": deep})
    while deep:  # taken apart from outside, or its own destructor is too deep
        deep = deep.pop()


def test_paths_start_at_the_event_with_a_dollar_sign():
    event = {"a": {"b": 1}}
    assert out(path("$"), event) == event
    assert out(path("$['a'].b"), event) == out(path('$["a"]["b"]'), event) == 1


def test_a_quoted_key_is_one_key():
    assert out(path("$.t['a.b'][\"c[0]\"]"), {"t": {"a.b": {"c[0]": 1}}}) == 1


def test_a_placeholder_may_start_with_a_dollar_sign():
    assert out(template("{{$.a.b}}{{$['a'].b}}"), {"a": {"b": 1}}) == "11"


def test_a_path_sees_what_is_in_the_event():
    assert out(path("$.a.constructor"), {"a": {}}) == "(missing)"
    assert out(path("$.a.toString"), {"a": 5}) == "(missing)"


def test_what_a_placeholder_puts_in_is_never_expanded_again():
    event = {"name": "{{secret}}", "open": "{{", "secret": "s"}
    assert out(template("{{{name}}}"), event) == "{{secret}}"
    assert out(template("{{{open}}}secret}}"), event) == "{{secret}}"


def test_integers_keep_all_their_digits():
    assert out(template("{{n}}"), {"n": 12345678901234567890}) == "12345678901234567890"


def test_no_path_cuts_an_emoji_in_half():
    assert [out(path(f"$.s[{n}]"), {"s": "😀b"}) for n in range(4)] == [
        "😀",
        "(missing)",
        "b",
        "(missing)",
    ]


def test_texts_are_counted_in_characters():
    assert out(replace(path("$.s"), "😀" * 10, "x"), {"s": "😀" * 10}) == "x"
    merged = {"@merge": {"direction": "left", "objects": [path("$.s")]}}
    assert out(merged, {"s": "😀"}) == {"0": "😀"}


def test_what_is_around_the_place_cannot_be_inserted():
    assert out(replace(path("$.s"), "b", "[$`$'$&]"), {"s": "abc"}) == "a[$`$'b]c"


def test_keys_stay_in_the_order_in_which_they_were_written():
    assert list(compile_mapping({"b": 1, "2": 2, "1": 3})({})) == ["b", "2", "1"]


def test_missing_items_of_a_list_are_null():
    assert out([path("$.gone")], {}) == [None]


def test_dates_are_written_in_iso_8601():
    noon = datetime(2024, 1, 2, 12, tzinfo=UTC)
    assert out(template("{{at}}"), {"at": noon}) == "2024-01-02T12:00:00+00:00"


def test_the_mapping_is_never_changed():
    mapping = {
        "a": {"@replace": {"pattern": "x", "pattern2": "y", "value": "z"}},
        "__segment_internal_directive": {"@transform": {"apply": {"b": 1}}},
    }
    before = copy.deepcopy(mapping)
    compile_mapping(mapping)({})
    assert mapping == before


def test_liquid_dates_without_a_time_zone_are_in_utc(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    source = liquid("{{ at | date: '%H:%M' }} {{ at | date: '%H:%M', '+05:30' }}")
    assert out(source, {"at": "2024-03-10 20:05"}) == "20:05 01:35"
    assert out(liquid("{{ at | date: '%x', 'UTC' }}"), {"at": "0099-03-10"}) == "3/10/99"
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("filter_", ["unheard_of", "append", "date: '%H', 'Mars'", "where: '['"])
def test_liquid_that_can_only_fail_is_refused(filter_):
    assert problems(liquid(f"{{{{ s | {filter_} }}}}"))
    assert problems(liquid("{{ '100%' | url_decode }}"))


def test_liquid_counts_without_changing_the_event():
    mapping = {"a": liquid("{% increment n %}"), "b": liquid("{{ n }}")}
    assert compile_mapping(mapping)({"n": 1}) == {"a": "1", "b": "1"}


def test_liquid_has_limits_of_size():
    for source in ("{{ s | append: s }}", "{{ (1..9000000) | size }}", "{{ s }}{{ s }}"):
        with pytest.raises(MappingError, match="makes more than 5000000 characters and items"):
            out(liquid(source), {"s": "x" * 3_000_000})
    with pytest.raises(MappingError, match="puts more than 100000 values into a list"):
        out(liquid("{{ a | push: a }}"), {"a": [1] * 100_000})
    assert out(liquid("{{ s | date: '%Y' }}"), {"s": "2024" + " " * 997}) == "2024" + " " * 997
    with pytest.raises(MappingError, match="has a path of more than 1000 characters"):
        out(liquid("{{ a | where: s }}"), {"s": "a" * 1_001})


def test_liquid_takes_a_python_date_for_an_instant():
    assert out(liquid("{{ at | date: '%s' }}"), {"at": datetime(1970, 1, 2, tzinfo=UTC)}) == "86400"


def test_liquid_cuts_no_emoji_in_half():
    event = {"s": "a😀b"}
    assert out(liquid("{{ s.size }}{{ s[1] }}{{ s[2] }}{{ s[3] }}"), event) == "4😀b"
    assert out(liquid("{{ s | slice: 1 }}{{ s | slice: 2, 2 }}"), event) == "😀b"
    assert out(liquid("{{ s | truncate: 2, '' }}{{ s | truncate: 3, '' }}"), event) == "aa😀"
    assert out(liquid("{{ s | split: '' | join: '-' }}"), event) == "a-😀-b"


def test_liquid_keeps_digits_and_the_order_of_keys():
    event = {"n": 2**60 + 1, "o": {"b": 1, "1": 2}}
    assert out(liquid("{{ n }} {{ n | plus: 0 }}"), event) == f"{2**60 + 1} 1152921504606847000"
    assert out(liquid("{{ o | json }}"), event) == '{"b":1,"1":2}'
