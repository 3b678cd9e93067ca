import math
from datetime import UTC, date, datetime
from enum import IntEnum

import pytest

from portcall.actions.mapping.jsontext import decode, encode
from portcall.actions.mapping.values import MISSING, is_truthy, text, type_name
from portcall.errors import MappingError

NUMBERS = [
    (1.0, "1"),
    (-0.0, "0"),
    (0.1, "0.1"),
    (12.5, "12.5"),
    (1e16, "10000000000000000"),
    (1.2345678901234568e20, "123456789012345680000"),
    (1e21, "1e+21"),
    (-1.5e300, "-1.5e+300"),
    (0.00001, "0.00001"),
    (-0.0000012, "-0.0000012"),
    (1e-7, "1e-7"),
    (5e-324, "5e-324"),
    (True, "true"),
    (False, "false"),
    (7, "7"),
]


@pytest.mark.parametrize(("number", "written"), NUMBERS)
def test_numbers_are_written_as_javascript_writes_them(number, written):
    assert text(number) == encode(number) == written


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (math.nan, "NaN"),
        (math.inf, "Infinity"),
        (-math.inf, "-Infinity"),
        pytest.param(10**5000, "Infinity", id="huge"),
        pytest.param(-(10**5000), "-Infinity", id="-huge"),
    ],
)
def test_numbers_without_digits_have_a_name_in_text_and_are_null_in_json(number, written):
    assert text(number) == written
    assert encode([number]) == "[null]"


def test_subtypes_are_written_as_what_they_are():
    kind = IntEnum("kind", {"one": 1})
    assert text(kind.one) == encode(kind.one) == "1"


def test_dates_are_written_in_iso_8601():
    assert text(date(2024, 1, 2)) == "2024-01-02"
    assert encode(datetime(2024, 1, 2, tzinfo=UTC)) == '"2024-01-02T00:00:00+00:00"'


@pytest.mark.parametrize("write", [text, encode])
def test_what_is_not_json_is_refused(write):
    with pytest.raises(MappingError, match="A set is not a JSON value"):
        write({1})


def test_json_is_compact_and_escapes_only_what_it_must():
    value = {"k": [1.0, None, "é\n\u2028\ud800"], "gone": MISSING, "list": [MISSING]}
    assert encode(value) == '{"k":[1,null,"é\\n\u2028\\ud800"],"list":[null]}'


@pytest.mark.parametrize("value", ["", "NaN", "[1,", "Infinity", "hello", 5, None, "9" * 5000])
def test_what_is_no_json_text_is_decoded_to_itself(value):
    assert decode(value) == value


def test_json_texts_are_decoded():
    assert decode(' {"a": [1, "é"]} ') == {"a": [1, "é"]}


def test_truth_is_javascripts():
    assert [is_truthy(v) for v in (0, 0.0, math.nan, "", None, False, MISSING)] == [False] * 7
    assert [is_truthy(v) for v in ({}, [], "0", -1, 0.5, True)] == [True] * 6


def test_types_have_their_json_names():
    values = (MISSING, None, True, "", 1, 1.5, {}, (), {1})
    names = ["undefined", "null", "boolean", "string", "number", "number", "object", "array", "set"]
    assert [type_name(value) for value in values] == names
    assert repr(MISSING) == "MISSING"
