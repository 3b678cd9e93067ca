import json

from hypothesis import given, settings, strategies as st

from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.mapping.validate import DIRECTIVES, validate_mapping
from portcall.errors import MappingError

OPTIONS = """a b exists blank then else value operator pattern pattern2 replacement replacement2 global
ignorecase separator omitArrays mode direction objects apply mapping _metadata @type
__segment_internal_directive"""
KEYS = st.sampled_from([*OPTIONS.split(), *DIRECTIVES, *DIRECTIVES])
TEXTS = "$. $.a $.b.a a[0] ['a'] lower upper encode decode left right $& {{a}} {{{b.a}}} a $"
WORDS = st.sampled_from([*TEXTS.split(), "{{ a | upcase }}", "{{ a", "", "{% for %}"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5)


def nested(keys):
    return st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    )


WHOLE = {
    "@case": {"operator": "lower"},
    "@replace": {"pattern": "a", "replacement": "$&", "ignorecase": True},
    "@flatten": {"separator": "."},
    "@json": {"mode": "encode"},
    "@excludeWhenNull": None,
    "@literal": None,
    "@path": None,
    "@template": None,
}


def directives(inner):
    """Directives that are whole, around any value: nearly all of them compile."""
    whole = st.builds(
        lambda name, value: {
            name: value if WHOLE[name] is None else WHOLE[name] | {"value": value}
        },
        st.sampled_from(sorted(WHOLE)),
        inner,
    )
    choice = st.builds(lambda a, b, c: {"@if": {"exists": a, "then": b, "else": c}}, *[inner] * 3)
    array = st.builds(lambda a, b: {"@arrayPath": [a, b]}, inner, inner)
    merge = st.builds(
        lambda a, b: {"@merge": {"direction": "left", "objects": [a, {"a": b}]}}, inner, inner
    )
    apply = st.builds(
        lambda a, b: {"@transform": {"apply": {"a": a}, "mapping": {"b": b}}}, inner, inner
    )
    return whole | choice | array | merge | apply | st.dictionaries(KEYS, inner, max_size=2)


VALUES = nested(st.sampled_from(["a", "b", "0", "length"]))
EVENTS = st.dictionaries(st.sampled_from(["a", "b"]), VALUES)
MAPPINGS = nested(KEYS) | st.recursive(
    st.builds(lambda where: {"@path": where}, WORDS) | LEAVES, directives, max_leaves=8
)


def problems(work):
    """What a mapping error says; None where there is none."""
    try:
        work()
    except MappingError as error:
        return error.problems
    return None


@settings(derandomize=True, deadline=None, max_examples=1500)
@given(MAPPINGS, EVENTS)
def test_only_mapping_errors_come_out_and_nothing_is_changed(mapping, event):
    before = repr((mapping, event))
    payloads = []
    assert problems(lambda: payloads.append(compile_mapping(mapping)(event))) != ()
    json.dumps(payloads)
    assert repr((mapping, event)) == before


@settings(derandomize=True, deadline=None, max_examples=300)
@given(
    st.recursive(
        LEAVES | st.binary() | st.sets(st.integers()),
        lambda i: st.lists(i) | st.tuples(i) | st.dictionaries(st.integers() | KEYS, i),
    )
)
def test_what_is_no_json_is_a_mapping_error_or_a_mapping(mapping):
    found = problems(lambda: compile_mapping(mapping))
    assert (found or ()) == validate_mapping(mapping)


@settings(derandomize=True, deadline=None)
@given(MAPPINGS, st.none() | st.text() | st.lists(st.integers()) | st.floats())
def test_an_event_of_any_other_type_is_refused(mapping, event):
    assert problems(lambda: compile_mapping(mapping)(event))
