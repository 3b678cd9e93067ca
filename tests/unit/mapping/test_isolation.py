import copy
import gc
import time

import pytest

from portcall.actions.mapping.authoring import flatten, path, replace, template
from portcall.actions.mapping.compiler import compile_mapping
from portcall.errors import MappingError

SHARED = {"list": [1], "o": {"k": [2]}}
TAKERS = [
    path("$."),
    path("$.o"),
    path("$.o.k"),
    {"@literal": {"@path": "$.o"}},
    {"@if": {"exists": {"@path": "$.o"}, "then": {"@path": "$.o"}}},
    {"@if": {"exists": 1, "then": {"@path": "$.o"}}},
    {"@case": {"operator": "upper", "value": {"@path": "$.o"}}},
    {"@arrayPath": ["$.list"]},
    {"@arrayPath": [{"@path": "$.o"}, {"@path": "$."}]},
    {"@flatten": {"separator": ".", "omitArrays": True, "value": {"@path": "$."}}},
    {"@json": {"mode": "decode", "value": {"@path": "$.o"}}},
    {"@merge": {"direction": "right", "objects": [{"@path": "$."}]}},
    {"@transform": {"apply": {"x": {"@path": "$.o"}}, "mapping": {"y": {"@path": "$.x"}}}},
    {"@excludeWhenNull": {"@path": "$."}},
    {"@path": {"@template": "$.o"}},
    [{"constant": []}],
]


def parts(value):
    if isinstance(value, dict | list):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from parts(item)


@pytest.mark.parametrize("taker", TAKERS)
def test_nothing_in_a_payload_belongs_to_event_or_mapping(taker):
    event, given = copy.deepcopy(SHARED), {"out": taker}
    mapping = compile_mapping(given)
    payload = mapping(event)
    before = {id(part) for part in (*parts(event), *parts(given))}
    assert not before & {id(part) for part in parts(payload)}
    for part in parts(payload):
        part.clear()
    assert event == SHARED
    assert mapping(event) == compile_mapping(given)(event)


def test_changing_a_mapping_later_changes_nothing():
    given = {"a": [{"@path": "$.x"}]}
    mapping = compile_mapping(given)
    given["a"].append(1)
    assert mapping({"x": 2}) == {"a": [2]}


def test_values_of_events_are_never_applied():
    event = {"v": {"@path": "$.secret"}, "secret": "s"}
    mapping = {"a": {"@path": "$.v"}, "b": {"@literal": {"@path": "$.v"}}}
    assert compile_mapping(mapping)(event) == {"a": event["v"], "b": event["v"]}


@pytest.mark.parametrize("directive", [path("$."), flatten(path("$."))])
def test_an_event_nested_without_end_is_refused(directive):
    event = {}
    event["self"] = event
    with pytest.raises(MappingError, match="nested too deeply"):
        compile_mapping(directive)(event)


EVIL = [
    (template(path("$.s")), "{{{" * 100_000),
    (template(path("$.s")), "{{a" * 100_000),
    (template(path("$.s")), "{{}{" * 100_000),
    (path(path("$.s")), "['" * 100_000),
    (path(path("$.s")), '["a' * 100_000),
    (path(path("$.s")), "0]" * 100_000),
    (path(path("$.s")), "]" * 100_000),
    (replace(path("$.s"), "aaaaaaaaab", ignore_case=True), "a" * 300_000),
    (replace(path("$.s"), "a", "$`$'$&"), "a" * 300_000),
    (path("$.s"), [[]] * 100_000),
]


@pytest.mark.parametrize(("directive", "value"), EVIL)
def test_hostile_events_take_no_more_than_linear_time(directive, value):
    mapping = compile_mapping(directive)
    gc.collect()
    started = time.process_time()
    mapping({"s": value})
    assert time.process_time() - started < 1.5
