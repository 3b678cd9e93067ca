"""JSON on the wire: the same with and without orjson."""

import math
import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from importlib import reload

import pytest
from hypothesis import given, strategies as st

from portcall import RequestError, Secret, encode_json
from portcall.requests import json_bodies

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.fixture(params=["standard", "fast"])
def write(request, monkeypatch):
    """The encoder, with orjson if it is there and without."""
    if request.param == "fast":
        pytest.importorskip("orjson")
        yield encode_json
        return
    monkeypatch.setitem(sys.modules, "orjson", None)
    yield reload(json_bodies).encode_json
    monkeypatch.undo()
    reload(json_bodies)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"a": [1, 2.5, True, None, "é"]}, '{"a":[1,2.5,true,null,"é"]}'),
        ({"at": datetime(2026, 5, 1, 12, tzinfo=UTC)}, '{"at":"2026-05-01T12:00:00+00:00"}'),
        ({"on": date(2026, 5, 1), "key": Secret("s")}, '{"on":"2026-05-01","key":"s"}'),
        ((1, 2), "[1,2]"),
        ({1: 2}, '{"1":2}'),
        (10**30, "1" + "0" * 30),
        ("\ud800", '"\\ud800"'),
        ('"\\\n', '"\\"\\\\\\n"'),
    ],
)
def test_what_has_a_json_form_is_written(write, value, written):
    assert write(value) == written.encode()


@pytest.mark.parametrize("value", [math.nan, [math.inf], {"a": object()}, {"a": b"x"}, {(1,): 2}])
def test_what_has_none_is_refused(write, value):
    with pytest.raises(RequestError, match="cannot be written as JSON"):
        write(value)


def test_cycles_are_refused(write):
    circle = []
    circle.append(circle)
    with pytest.raises(RequestError, match="nested too deeply, or contains itself"):
        write(circle)


def test_subclasses_are_written_as_the_standard_library_does(write):
    class Name(str):
        __slots__ = ()

    class Colour(StrEnum):
        RED = "red"

    assert write([Name("n"), Colour.RED]) == b'["n","red"]'


@given(VALUES)
def test_both_write_the_same_values(value):
    written = json_bodies._standard(value)
    assert json_bodies.json.loads(written) == json_bodies.json.loads(encode_json(value))
