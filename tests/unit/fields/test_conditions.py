"""Fields that count, or are required, only while other fields have certain values."""

from __future__ import annotations

from itertools import product
from typing import Any

import attrs
import pytest
from jsonschema import Draft202012Validator

from portcall.errors import HookError, SettingsError
from portcall.fields import compose, field, fields_of, json_schema, validate
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


def one(said: dict[str, Any]) -> type:
    made = {"other": field(label="Other", default=1), "it": field(label="It", **said)}
    types = {"other": int, "it": int | None}
    return attrs.frozen(type("Made", (), {"__annotations__": types, **made}))


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"depends_on": {"nothing": 1}}, "depends on `nothing`, which is no field"),
        ({"depends_on": {"other": "1"}}, "`other` can never be '1'"),
        ({"depends_on": {"other": True}}, "`other` can never be True"),
        ({"depends_on": {"other": []}}, "can never be"),
        ({"required": {"other": ""}}, "can never be ''"),
        ({"depends_on": {"it": 1}}, "depends on itself"),
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
