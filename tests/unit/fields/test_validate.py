"""From what people and environments deliver to typed values, with every problem at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from portcall.errors import Problem, SettingsError
from portcall.fields import dynamic, field, validate
from portcall.secret import Secret


@attrs.frozen
class Address:
    street: str = field(label="Street")
    postcode: int = field(label="Post code", minimum=0)


@attrs.frozen
class Everything:
    name: str = field(label="Name", format="hostname-label")
    api_key: Secret = field(label="API key")
    port: int = field(label="Port", default=443, minimum=1, maximum=65535)
    ratio: float = field(label="Ratio", default=0.5)
    on: bool = field(label="On", default=False)
    since: datetime | None = field(label="Since", default=None)
    day: date | None = field(label="Day", default=None)
    region: Literal["eu", "us"] = field(label="Region", default="eu")
    channel: str | None = field(label="Channel", choices=dynamic)
    tags: tuple[int, ...] = field(label="Tags", default=())
    note: str | None = field(label="Note", format="text")
    headers: dict[str, Secret] = field(label="Headers", default={})
    address: Address | None = field(label="Address", default=None)
    stops: list[Address] = field(label="Stops", default=[])
    free: Any = field(label="Free", default=None)


GOOD: dict[str, Any] = {"name": "acme", "api_key": "hunter2"}


def made(**more: Any) -> Everything:
    return validate(Everything, GOOD | more, what="settings of acme")


def problems(**more: Any) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        made(**more)
    return list(caught.value.problems)


def message(**more: Any) -> str:
    (only,) = problems(**more)
    return only.message


@pytest.mark.parametrize(
    ("name", "delivered", "value"),
    [
        ("port", "7", 7),
        ("port", " 7\n", 7),
        ("port", 7.0, 7),
        ("ratio", "-7.5e-1", -0.75),
        ("ratio", 3, 3),
        ("on", "true", True),
        ("on", "YES", True),
        ("on", "1", True),
        ("on", "off", False),
        ("on", "0", False),
        ("since", "2026-05-01T12:00:00Z", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("since", "2026-05-01 12:00+00:00", datetime(2026, 5, 1, 12, tzinfo=UTC)),
        ("day", "2026-05-01", date(2026, 5, 1)),
        ("tags", "1, 2,,3", (1, 2, 3)),
        ("tags", '["1", 2]', (1, 2)),
        ("tags", [], ()),
        ("note", "two\nlines", "two\nlines"),
        ("headers", '{"X-Key": "k"}', {"X-Key": Secret("k")}),
        ("headers", Secret('{"X-Key": "k"}'), {"X-Key": Secret("k")}),
        ("address", '{"street": "A", "postcode": "7"}', Address(street="A", postcode=7)),
        ("address", {"street": "A", "postcode": 7}, Address(street="A", postcode=7)),
        ("api_key", Secret("k"), Secret("k")),
        ("free", {"a": [1, None]}, {"a": [1, None]}),
    ],
)
def test_what_is_delivered_becomes_what_the_field_holds(
    name: str, delivered: object, value: object
) -> None:
    got = getattr(made(**{name: delivered}), name)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize("nothing", [None, ""])
def test_null_and_an_empty_box_count_as_not_given(nothing: object) -> None:
    assert made(port=nothing, region=nothing, channel=nothing, address=nothing) == made()
    assert message(name=nothing) == "Name is missing; fill in `name`"
    assert message(api_key=nothing) == "API key is missing; fill in `api_key`"


@pytest.mark.parametrize(
    ("name", "delivered", "expected"),
    [
        ("name", "a.b", "Name must be a host name label such as `acme`"),
        ("name", 7, "Name must be a host name label such as `acme`"),
        ("port", True, "Port must be a whole number such as `7`"),
        ("port", "7.5", "Port must be a whole number such as `7`"),
        ("port", "٣", "Port must be a whole number such as `7`"),
        ("port", "1" * 5000, "Port must be a whole number such as `7`"),
        pytest.param("port", 10**5000, "Port must be between 1 and 65535", id="huge integer"),
        ("port", float("nan"), "Port must be a whole number such as `7`"),
        ("port", 0, "Port must be between 1 and 65535"),
        ("ratio", "nan", "Ratio must be a number such as `7.5`"),
        ("ratio", float("inf"), "Ratio must be a number such as `7.5`"),
        ("ratio", "1e999", "Ratio must be a number such as `7.5`"),
        pytest.param("ratio", 10**400, "Ratio must be a number such as `7.5`", id="huge"),
        ("on", 1, "On must be `true` or `false`"),
        ("on", "maybe", "On must be `true` or `false`"),
        ("since", "2026-05-01T12:00:00", "Since must be a time with its offset such as"),
        ("since", datetime(2026, 5, 1), "Since must be a time with its offset such as"),  # noqa: DTZ001
        ("day", datetime(2026, 5, 1, tzinfo=UTC), "Day must be a date such as `2026-05-01`"),
        ("region", "asia", "Region must be one of `eu`, `us`"),
        ("channel", "a\0b", "Channel must be one line of text without control characters"),
        ("channel", "a\nb", "Channel must be one line of text without control characters"),
        ("channel", "\ud800", "Channel must be one line of text without control characters"),
        ("note", "a\0b", "Note must be text without NUL characters"),
        ("tags", 7, "Tags must be a list: separated by commas, or in JSON"),
        ("tags", "[NaN]", "Tags must be a list: separated by commas, or in JSON"),
        ("tags", "[" * 100_000, "Tags must be a list: separated by commas, or in JSON"),
        ("tags", [1, "x"], "Tags, item 2 must be a whole number such as `7`"),
        ("headers", {"X": 1}, "Headers, `X` must be text"),
        ("headers", {1: "a"}, "Headers must be an object with text as keys"),
        ("address", "street", "Address must be an object with `street`, `postcode`"),
        ("address", {"street": "A", "postcode": -1}, "Post code must be at least 0"),
        ("stops", [{"street": "A"}], "Stops, item 1, Post code is missing"),
    ],
)
def test_a_refusal_starts_with_the_label_and_says_what_to_fill_in(
    name: str, delivered: object, expected: str
) -> None:
    assert message(**{name: delivered}).startswith(expected)


def test_all_problems_come_at_once_each_with_its_path() -> None:
    raw = {"nme": "acme", "port": "x", "stops": [{"street": 1, "postcode": "x"}], "zzzz": 1}
    with pytest.raises(SettingsError) as caught:
        validate(Everything, raw, what="settings of acme")
    assert [problem.path for problem in caught.value.problems] == [
        "name",
        "api_key",
        "port",
        "stops.0.street",
        "stops.0.postcode",
        "nme",
        "zzzz",
    ]
    assert str(caught.value).startswith("settings of acme cannot be used:\n  - Name is missing")


def test_an_unknown_field_is_answered_with_the_one_that_was_meant() -> None:
    assert message(prot=1) == "`prot` is not a field; did you mean `port`?"
    assert message(zzzz=1).startswith("`zzzz` is not a field; the fields are `name`, `api_key`")


@pytest.mark.parametrize(
    "key", [1, pytest.param(10**5000, id="huge"), None, ("a",), "a\nb", "\ud800", "x" * 10_000]
)
def test_any_key_can_be_named_in_an_error(key: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        validate(Everything, {**GOOD, key: 1}, what="settings")
    (problem,) = caught.value.problems
    assert problem.message.isprintable()
    assert len(problem.path) <= 60


def test_problems_past_a_hundred_are_counted() -> None:
    found = problems(tags=["x"] * 1000)
    assert (len(found), found[-1].message) == (101, "There are 900 more problems like these")


def test_an_instance_passes_through() -> None:
    instance = made()
    assert validate(Everything, instance, what="settings") is instance


@pytest.mark.parametrize("raw", [None, 7, "name=acme", [], object()])
def test_what_is_no_mapping_is_refused_as_settings(raw: Any) -> None:
    with pytest.raises(SettingsError, match="must be an object with `name`"):
        validate(Everything, raw, what="settings")


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.just(object())
    | st.sampled_from(["[", "{", "1" * 5000, "[1" * 3000, "nan", "-", "\ud800", 1j])
    | st.just(5000).map(lambda digits: 10**digits)
    | st.text().map(Secret),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from([a.name for a in attrs.fields(Everything)]) | st.text()


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.dictionaries(NAMES, ANYTHING) | ANYTHING)
def test_bad_input_raises_nothing_but_settings_errors(raw: Any) -> None:
    try:
        validate(Everything, raw, what="settings")
    except SettingsError as error:
        assert error.problems


def test_true_is_not_the_choice_one() -> None:
    @attrs.frozen
    class Chosen:
        it: Any = field(label="It", choices=[1, "a"])

    assert validate(Chosen, {"it": 1}, what="settings").it == 1
    with pytest.raises(SettingsError, match="It must be one of `1`, `a`"):
        validate(Chosen, {"it": True}, what="settings")
