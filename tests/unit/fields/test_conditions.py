"""Fields that count, or are required, only while other fields have certain values."""

from __future__ import annotations

from itertools import product
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator

from portcall.errors import HookError, SettingsError
from portcall.fields import any_of, compose, field, fields_of, is_not, json_schema, validate
from portcall.fields.conditions import in_words
from portcall.secret import Secret


@attrs.frozen
class Login:
    flow: str = field(label="Flow", choices=["code", "device", "password"])
    strict: bool = field(label="Strict", default=False)
    user: str | None = field(label="User", depends_on={"flow": ["code", "password"]})
    secret: Secret | None = field(
        label="Secret", depends_on={"flow": "password", "strict": False}, required=True
    )
    hint: str | None = field(label="Hint", depends_on={"user": "ada"}, required={"strict": True})
    mail: str | None = field(label="Mail", default=None, required={"user": None, "strict": True})


CHOICES: dict[str, list[Any]] = {
    "flow": ["code", "device", "password", "x", None],
    "strict": [True, None],
    "user": ["ada", "", 1, None],
    "secret": ["s", 1, None],
    "hint": ["h", 1, None],
    "mail": ["m", None],
}


def accepts(values: dict[str, Any]) -> bool:
    try:
        validate(Login, values, what="login")
    except SettingsError:
        return False
    return True


def test_every_combination_is_accepted_or_refused_as_jsonschema_does() -> None:
    oracle = Draft202012Validator(json_schema(Login))
    verdicts = set()
    for combination in product(*CHOICES.values()):
        values = {k: v for k, v in zip(CHOICES, combination, strict=True) if v is not None}
        verdicts.add(accepts(values))
        assert accepts(values) == oracle.is_valid(values), values
    assert verdicts == {True, False}


def test_a_field_that_does_not_count_is_neither_required_nor_checked_nor_kept() -> None:
    made = validate(Login, {"flow": "device", "user": 7, "secret": "left over"}, what="login")
    assert (made.user, made.secret) == (None, None)


def test_a_field_that_counts_is_required_by_its_label() -> None:
    with pytest.raises(SettingsError, match="Secret is missing; fill in `secret`"):
        validate(Login, {"flow": "password"}, what="login")


def test_a_condition_may_require_a_field_where_another_is_not_given() -> None:
    with pytest.raises(SettingsError, match="Mail is missing"):
        validate(Login, {"flow": "device", "strict": "yes"}, what="login")
    assert validate(Login, {"flow": "code", "user": "u", "strict": True}, what="login").mail is None


def test_an_uncounted_field_speaks_to_others_with_its_default() -> None:
    made = validate(Login, {"flow": "device", "user": "ada", "hint": "no"}, what="login")
    assert made.hint is None


def test_a_field_taken_out_of_the_form_still_decides() -> None:
    @attrs.frozen
    class Fixed:
        flow: str = field(label="Flow", default="device", init=False)

    both = compose([Login, Fixed])
    assert validate(both, {"user": 7}, what="login").user is None
    assert Draft202012Validator(json_schema(both)).is_valid({"user": 7})


@attrs.frozen
class Record:
    mode: str = field(label="Mode", default="a", choices=["a", "b", "c"])
    count: int | None = field(label="Count")
    mail: str | None = field(label="Mail", required=any_of({"phone": None}, {"mode": "b"}))
    phone: str | None = field(label="Phone", depends_on={"mode": is_not("c")})
    code: str | None = field(label="Code", depends_on={"@sync_mode": is_not("delete")})
    key: str | None = field(
        label="Key",
        depends_on={"@sync_mode": ["upsert", "update"], "count": is_not(1, None)},
        required=any_of({"mode": "b", "@sync_mode": "upsert"}, {"count": 2}),
    )
    both: str | None = field(
        label="Both",
        depends_on={
            "@all": [any_of({"count": 1}, {"mail": "m"}), any_of({"mode": "a"}, {"code": "k"})]
        },
        required=True,
    )


RECORDS: dict[str, list[Any]] = {
    "mode": ["b", "c", None],
    "count": [1, 2, None],
    "mail": ["m", None],
    "phone": ["p", 7, None],
    "code": ["k", 7, None],
    "key": ["k", 7, None],
    "both": ["x", None],
}
MODES = [None, "upsert", "update", "delete"]


def plainly(given: dict[str, Any], sync_mode: str | None) -> bool:
    """Say what `Record` accepts, in the words of its conditions."""
    mode, count, mail = given.get("mode", "a"), given.get("count"), given.get("mail")
    counts = {
        "phone": mode != "c",
        "code": sync_mode != "delete",
        "key": sync_mode in ("upsert", "update") and count not in (1, None),
    }
    phone, code, key = (given.get(name) if counts[name] else None for name in counts)
    counts["both"] = (count == 1 or mail == "m") and (mode == "a" or code == "k")
    needs = {
        "mail": phone is None or mode == "b",
        "key": counts["key"] and ((mode == "b" and sync_mode == "upsert") or count == 2),
        "both": counts["both"],
    }
    missing = any(needed and given.get(name) is None for name, needed in needs.items())
    return not missing and 7 not in (phone, code, key)


@pytest.mark.parametrize("sync_mode", MODES)
def test_conditions_of_all_kinds_mean_what_they_say_and_what_jsonschema_says(
    sync_mode: str | None,
) -> None:
    oracle = Draft202012Validator(json_schema(Record, sync_mode=sync_mode))
    verdicts = set()
    for combination in product(*RECORDS.values()):
        values = {k: v for k, v in zip(RECORDS, combination, strict=True) if v is not None}
        try:
            validate(Record, values, what="record", sync_mode=sync_mode)
            accepted = True
        except SettingsError:
            accepted = False
        verdicts.add(accepted)
        assert accepted == plainly(values, sync_mode) == oracle.is_valid(values), values
    assert verdicts == {True, False}


@attrs.frozen
class Item:
    price: int | None = field(label="Price")
    revenue: int | None = field(
        label="Revenue", depends_on={"price": None, "@sync_mode": "add"}, required=True
    )


@attrs.frozen
class Order:
    items: list[Item] = field(label="Items")


def test_conditions_reach_into_nested_classes() -> None:
    def accepted(item: dict[str, int], sync_mode: str) -> bool:
        oracle = Draft202012Validator(json_schema(Order, sync_mode=sync_mode))
        try:
            validate(Order, {"items": [item]}, what="order", sync_mode=sync_mode)
        except SettingsError as error:
            assert "Items, item 1, Revenue is missing" in str(error)
            assert not oracle.is_valid({"items": [item]})
            return False
        assert oracle.is_valid({"items": [item]})
        return True

    assert [accepted(each, "add") for each in ({}, {"price": 1}, {"revenue": 1})] == [0, 1, 1]
    assert accepted({}, "remove")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"flow": "key"}, "flow is key"),
        ({"flow": ["key", "app"], "strict": True}, "flow is key or app and strict is true"),
        ({"flow": None}, "flow is not given"),
        ({"flow": ["key", None]}, "flow is key or not given"),
        ({"flow": is_not("key")}, "flow is not key"),
        ({"flow": is_not("key", "app")}, "flow is neither key nor app"),
        ({"flow": is_not(None)}, "flow is given"),
        ({"flow": is_not(None, "key")}, "flow is given and not key"),
        ({"@sync_mode": "add"}, "the sync mode is add"),
        (any_of({"a": 1}, {"b": 2, "c": 3}), "a is 1 or (b is 2 and c is 3)"),
        ({"a": 1, **any_of({"b": 2}, {"c": 3})}, "a is 1 and (b is 2 or c is 3)"),
    ],
)
def test_a_condition_is_said_in_words(condition: dict[str, Any], words: str) -> None:
    assert in_words(condition) == words


def test_settings_have_no_sync_mode() -> None:
    with pytest.raises(HookError, match=r"Made\.it: settings have no sync mode"):
        compose([one({"depends_on": any_of({"other": 1}, {"@sync_mode": "add"})})])


def test_a_condition_is_plain_data_in_the_description() -> None:
    described = {each.name: each.to_json() for each in fields_of(Record)}
    assert described["phone"]["depends_on"] == {"mode": {"is_not": ["c"]}}
    assert described["mail"]["required_if"] == {"@any": [{"phone": None}, {"mode": "b"}]}


def one(said: dict[str, Any]) -> type:
    made = {"other": field(label="Other", default=1), "it": field(label="It", **said)}
    types = {"other": int, "it": int | None}
    return attrs.frozen(type("Made", (), {"__annotations__": types, **made}))


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"depends_on": {"nothing": 1}}, "depends on `nothing`, which is not a field"),
        ({"depends_on": {"other": "1"}}, "`other` can never be '1'"),
        ({"depends_on": {"other": True}}, "`other` can never be True"),
        ({"depends_on": {"other": []}}, "can never be"),
        ({"required": {"other": ""}}, "can never be ''"),
        ({"depends_on": {"it": 1}}, "depends on itself"),
        ({"depends_on": {"it": is_not(1)}}, "depends on itself"),
        ({"depends_on": any_of({"other": 1}, {"it": 1})}, "depends on itself"),
        ({"depends_on": {"other": is_not("1")}}, "`other` can never be '1'"),
        ({"depends_on": any_of({"other": 1}, {"nothing": 1})}, "depends on `nothing`"),
        ({"depends_on": {"other": {"isnt": 1}}}, r"takes a value, a list of values, or is_not"),
        (
            {"depends_on": {"@sync_mod": "add"}},
            r'"@sync_mod" is not part of a condition; did you mean',
        ),
        ({"depends_on": {"@any": {"other": 1}}}, r'"@any" needs a list of conditions'),
        ({"depends_on": {"@any": []}}, r'"@any" needs a list of conditions'),
        ({"depends_on": {"@any": [5]}}, "a condition names fields and their values"),
    ],
)
def test_a_condition_that_can_never_hold_is_the_plugins_error(
    said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(HookError, match=complaint) as caught:
        fields_of(one(said))
    assert "Made.it" in str(caught.value)


def test_a_field_that_may_be_absent_has_to_allow_none() -> None:
    @attrs.frozen
    class Careless:
        other: int = field(label="Other", default=1)
        it: int = field(label="It", depends_on={"other": 2})

    with pytest.raises(HookError, match=r"Careless\.it: the field may be left out"):
        fields_of(Careless)


def test_is_not_and_any_of_need_something_to_say() -> None:
    with pytest.raises(HookError, match="is_not\\(\\) needs a value"):
        is_not()
    with pytest.raises(HookError, match="any_of\\(\\) needs two conditions"):
        any_of({"a": 1})
