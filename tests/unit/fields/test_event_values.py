"""Values of events: other spellings of the same value count as it, and the error names what came."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given, strategies as st

from portcall import Secret, SettingsError, field
from portcall.fields import validate


@attrs.frozen
class Place:
    code: str = field(label="Code")
    open: bool = field(label="Open", default=False)


@attrs.frozen
class Everything:
    text: str | None = field(label="Text")
    lines: str | None = field(label="Lines", format="text")
    mail: str | None = field(label="Mail", format="email")
    token: Secret | None = field(label="Token")
    kind: Literal["1", "true"] | None = field(label="Kind")
    size: Literal[1, 2] | None = field(label="Size")
    yes: bool | None = field(label="Yes")
    whole: int | None = field(label="Whole", minimum=-(10**30), maximum=10**30)
    number: float | None = field(label="Number", maximum=100)
    at: datetime | None = field(label="At")
    day: date | None = field(label="Day")
    tags: list[str] | None = field(label="Tags")
    numbers: tuple[int, ...] | None = field(label="Numbers")
    flags: list[bool | None] | None = field(label="Flags")
    times: list[datetime] | None = field(label="Times")
    words: dict[str, str] | None = field(label="Words")
    place: Place | None = field(label="Place")
    places: list[Place] | None = field(label="Places")
    free: Any = field(label="Free", default=None)


def read(name: str, value: object) -> Any:
    return getattr(validate(Everything, {name: value}, what="it", lenient=True), name)


def refusal(name: str, value: object, *, lenient: bool = True) -> str:
    with pytest.raises(SettingsError) as caught:
        validate(Everything, {name: value}, what="it", lenient=lenient)
    (only,) = caught.value.problems
    return only.message


NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 1, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOCAL = datetime(2026, 5, 1, 12)  # noqa: DTZ001  # what has no offset is read as UTC


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", 42, "42"),
        ("text", -7, "-7"),
        ("text", 1.5, "1.5"),
        ("text", 1.0, "1"),
        ("text", 1e21, "1e+21"),
        ("text", 1e-7, "1e-7"),
        ("text", 0, "0"),
        ("text", -0.0, "0"),
        ("text", 12345678901234567890, "12345678901234567890"),
        ("text", True, "true"),
        ("text", False, "false"),
        ("text", NOON, "2026-05-01T12:00:00+00:00"),
        ("lines", 42, "42"),
        ("token", 42, Secret("42")),
        ("token", True, Secret("true")),
        ("kind", 1, "1"),
        ("kind", 1.0, "1"),
        ("kind", True, "true"),
        ("size", "1", 1),
        ("size", 2.0, 2),
        ("size", "2.0", 2),
        ("yes", 1, True),
        ("yes", 0, False),
        ("yes", 1.0, True),
        ("yes", 0.0, False),
        ("yes", "1", True),
        ("yes", "0", False),
        ("yes", "TRUE", True),
        ("whole", "5.0", 5),
        ("whole", 5.0, 5),
        ("whole", "5.", 5),
        ("whole", " -5.000 ", -5),
        ("whole", "1e3", 1000),
        ("whole", "1.5E1", 15),
        ("whole", "500e-2", 5),
        ("whole", "0.0e-3", 0),
        ("whole", "12345678901234567890.0", 12345678901234567890),
        ("number", "7.5", 7.5),
        ("number", "1e1", 10.0),
        ("at", "2026-05-01T12:00:00Z", NOON),
        ("at", "2026-05-01", MIDNIGHT),
        ("at", "20260501", MIDNIGHT),
        ("at", "2026-05-01T12:00:00", NOON),
        ("at", "2026-05-01 12:00", NOON),
        ("at", "2026-05-01t12:00:00.5", NOON + timedelta(seconds=0.5)),
        ("at", "2026-05-01T14:00:00+02:00", NOON),
        ("at", 1777636800, NOON),
        ("at", 1777636800.5, NOON + timedelta(seconds=0.5)),
        ("at", 1777636800000, NOON),
        ("at", 1777636800123, NOON + timedelta(milliseconds=123)),
        ("at", "1777636800", NOON),
        ("at", "1777636800.5", NOON + timedelta(seconds=0.5)),
        ("at", "1777636800123", NOON + timedelta(milliseconds=123)),
        ("at", 0, EPOCH),
        ("at", -86400, EPOCH - timedelta(days=1)),
        ("at", -(10**11), EPOCH - timedelta(milliseconds=10**11)),
        ("at", 10**11 - 1, EPOCH + timedelta(seconds=10**11 - 1)),
        ("at", 10**11, EPOCH + timedelta(milliseconds=10**11)),
        # 1710-10-11 at 11:23, for a reader that takes any character between date and time
        ("at", "1710101101123", EPOCH + timedelta(milliseconds=1710101101123)),
        ("at", LOCAL, NOON),
        ("at", date(2026, 5, 1), MIDNIGHT),
        ("day", "2026-05-01", date(2026, 5, 1)),
        ("day", "2026-05-01T23:30:00-05:00", date(2026, 5, 1)),
        ("day", 1777636800, date(2026, 5, 1)),
        ("day", NOON, date(2026, 5, 1)),
        ("tags", [1, True, "x", 2.0], ["1", "true", "x", "2"]),
        ("tags", 42, ["42"]),
        ("tags", "a, b", ["a", "b"]),
        ("tags", '["a", 1]', ["a", "1"]),
        ("numbers", ["5.0", 6.0, "7"], (5, 6, 7)),
        ("numbers", 5, (5,)),
        ("flags", [1, "0", None, True], [True, False, None, True]),
        ("times", ["2026-05-01", 1777636800], [MIDNIGHT, NOON]),
        ("words", {"a": 1, "b": True}, {"a": "1", "b": "true"}),
        ("place", {"code": 7, "open": 1}, Place(code="7", open=True)),
        ("places", [{"code": 7}, {"code": True}], [Place(code="7"), Place(code="true")]),
        ("places", {"code": 7}, [Place(code="7")]),
        ("free", 1, 1),
        ("free", True, True),
    ],
)
def test_an_event_may_spell_a_value_otherwise(name: str, value: object, expected: object) -> None:
    found = read(name, value)
    assert found == expected
    assert type(found) is type(expected)
    if isinstance(found, list):
        assert [type(each) for each in found] == [type(each) for each in expected]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [each.name for each in attrs.fields(Everything)])
def test_null_stays_missing(name: str) -> None:
    assert read(name, None) is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("text", {"a": 1}, "Text must be text, not an object"),
        ("text", [1], "Text must be text, not a list"),
        ("text", float("nan"), "Text must be text, not NaN or infinity"),
        ("text", float("inf"), "Text must be text, not NaN or infinity"),
        ("text", Decimal(1), "Text must be text, not a value of type Decimal"),
        (
            "text",
            "ab\nc",
            "Text must be one line of text without control characters; character 3 is U+000A",
        ),
        (
            "lines",
            "a\ud800",
            "Lines must be text without NUL characters or halves of characters;"
            " character 2 is U+D800, half of a character",
        ),
        ("mail", 42, "Mail must be an email address such as `ada@example.com`, not a number"),
        ("mail", "x", "Mail must be an email address such as `ada@example.com`"),
        ("token", ["k"], "Token must be text, not a list"),
        ("kind", 2, "Kind must be one of `1`, `true`, not a number"),
        ("kind", "x", "Kind must be one of `1`, `true`"),
        ("size", 3, "Size must be one of `1`, `2`"),
        ("yes", 2, "Yes must be `true` or `false`, 1 or 0, not another number"),
        ("yes", "2", "Yes must be `true` or `false`, 1 or 0, not other text"),
        ("yes", [True], "Yes must be `true` or `false`, 1 or 0, not a list"),
        ("whole", 5.5, "Whole must be a whole number such as `7`, not a fraction"),
        ("whole", "5.5", "Whole must be a whole number such as `7`, not a fraction"),
        ("whole", "5e-1", "Whole must be a whole number such as `7`, not a fraction"),
        ("whole", "five", "Whole must be a whole number such as `7`, not other text"),
        ("whole", True, "Whole must be a whole number such as `7`, not a boolean"),
        ("whole", "1e999", "Whole must be a whole number such as `7`, not a number that large"),
        ("whole", "1e99999", "Whole must be a whole number such as `7`, not a number that large"),
        ("whole", 10**31, f"Whole must be between {-(10**30)} and {10**30}"),
        ("whole", "1e31", f"Whole must be between {-(10**30)} and {10**30}"),
        ("number", True, "Number must be a number such as `7.5`, not a boolean"),
        ("number", 10**400, "Number must be a number such as `7.5`, not a number that large"),
        ("number", 101, "Number must be at most 100"),
        ("at", "soon", "At must be a time such as `2026-05-01T12:00:00Z`, not other text"),
        ("at", "2026-13-01", "At must be a time such as `2026-05-01T12:00:00Z`, not other text"),
        ("at", True, "At must be a time such as `2026-05-01T12:00:00Z`, not a boolean"),
        ("at", 10**15, "At must be a time such as `2026-05-01T12:00:00Z`, not a number that large"),
        ("at", 10**400, "At must be a time such as `2026-05-01T12:00:00Z`, not a number that large"),
        ("at", float("nan"), "At must be a time such as `2026-05-01T12:00:00Z`, not NaN or infinity"),
        ("day", [], "Day must be a date such as `2026-05-01`, not a list"),
        ("tags", [None], "Tags, item 1 must be text, not null"),
        ("tags", ["a", {}], "Tags, item 2 must be text, not an object"),
        ("numbers", ["5.5"], "Numbers, item 1 must be a whole number such as `7`, not a fraction"),
        (
            "words",
            "x",
            'Words must be an object with text as keys, such as `{"key": "value"}`, not other text',
        ),
        ("words", {"a": []}, "Words, `a` must be text, not a list"),
        ("place", 7, "Place must be an object with `code`, `open`, not a number"),
        ("places", [7], "Places, item 1 must be an object with `code`, `open`, not a number"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_came(name: str, value: object, message: str) -> None:
    assert refusal(name, value) == message


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("text", 42, "Text must be text, not a number"),
        ("text", True, "Text must be text, not a boolean"),
        ("token", 42, "Token must be text, not a number"),
        ("yes", 1, "Yes must be `true` or `false`, not a number"),
        ("whole", "5.0", "Whole must be a whole number such as `7`, not one with a point or an exponent"),
        (
            "at",
            "2026-05-01T12:00:00",
            "At must be a time with its offset such as `2026-05-01T12:00:00Z`, not one without an offset",
        ),
        ("at", 1777636800, "At must be a time with its offset such as `2026-05-01T12:00:00Z`, not a number"),
        ("day", NOON, "Day must be a date such as `2026-05-01`, not a time"),
        ("tags", 42, "Tags must be a list: separated by commas, or in JSON, not a number"),
        ("tags", [1], "Tags, item 1 must be text, not a number"),
    ],
)  # fmt: skip
def test_what_a_person_fills_in_is_held_to_more(name: str, value: object, message: str) -> None:
    assert refusal(name, value, lenient=False) == message


@given(value=st.integers(-(10**19), 10**19), zeros=st.integers(0, 9))
def test_a_whole_number_is_read_with_all_its_digits_however_it_is_spelled(
    value: int, zeros: int
) -> None:
    assert read("whole", f"{value}.{'0' * zeros}") == value
    assert read("whole", f"{value}{'0' * zeros}e-{zeros}") == value
    assert read("whole", f" {value}e{zeros}") == value * 10**zeros
    assert read("whole", f"{value}.5E+{zeros + 1}") == int(f"{value}5") * 10**zeros


@given(
    moment=st.datetimes(datetime(1974, 1, 1), datetime(5000, 1, 1)),  # noqa: DTZ001  # naive on purpose
    hours=st.integers(-12, 12),
)
def test_a_moment_is_the_same_however_it_is_written(moment: datetime, hours: int) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    there = moment.astimezone(timezone(timedelta(hours=hours)))
    milliseconds = (moment - EPOCH) // timedelta(milliseconds=1)
    ways = [there.isoformat(), moment.isoformat()[:-6], milliseconds, str(milliseconds)]
    assert {read("at", way) for way in ways} == {moment}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(name=st.sampled_from([each.name for each in attrs.fields(Everything)]), value=ANYTHING)
def test_what_a_person_may_fill_in_an_event_may_have(name: str, value: object) -> None:
    strict = _outcome(name, value, lenient=False)
    if not isinstance(strict, SettingsError):
        assert repr(_outcome(name, value, lenient=True)) == repr(strict)


def _outcome(name: str, value: object, *, lenient: bool) -> object:
    try:
        return getattr(validate(Everything, {name: value}, what="it", lenient=lenient), name)
    except SettingsError as error:
        return error
