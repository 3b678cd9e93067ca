"""No value of a secret field comes out of a refusal."""

from __future__ import annotations

import traceback
from typing import Any

import attrs
import pytest
from hypothesis import given, settings, strategies as st

from portcall.errors import SettingsError
from portcall.fields import field, fields_of, validate
from portcall.secret import Secret

VALUE = "hunter2-is-not-a-uuid"


@attrs.frozen
class Inner:
    token: Secret = field(label="Token", format="uuid")
    size: int = field(label="Size", default=1)


def _refuse(_instance: object, _attribute: object, value: Secret) -> None:
    if value.reveal() != "right":
        raise ValueError(f"{value} is {value:s}")


@attrs.frozen
class Guarded:
    key: Secret = attrs.field(validator=_refuse)
    inner: Inner | None = field(label="Inner")


@attrs.frozen
class Ordered:
    low: int = field(label="Low")
    high: int = field(label="High")
    key: Secret = field(label="Key", default="")

    def __attrs_post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low must not be above high")


@attrs.frozen
class Holder:
    one: Secret | None = field(label="One", format="uuid")
    many: list[Secret] = field(label="Many", default=[], format="uuid")
    named: dict[str, Secret] = field(label="Named", default={}, format="uuid")
    inner: Inner | None = field(label="Inner", default=None)
    inners: list[Inner] = field(label="Inners", default=[])


def refusal(cls: type, raw: dict[str, Any]) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        validate(cls, raw, what="settings")
    return caught.value


def everything(error: SettingsError) -> str:
    """All that a log or an error report can see of an error, portcall's own frames included."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [f for f in shown.stack if "portcall" in f.filename and "tests" not in f.filename]
    held = "".join(str(frame.locals) for frame in ours)
    return held + repr(error) + "".join(traceback.format_exception(error)) + repr(error.problems)


@pytest.mark.parametrize(
    "raw",
    [
        {"one": VALUE},
        {"one": Secret(VALUE)},
        {"one": f"{VALUE}\n"},
        {"many": [VALUE]},
        {"many": VALUE},
        {"many": Secret(f'["{VALUE}"]')},
        {"many": f'["{VALUE}"'},
        {"named": {"a": VALUE}},
        {"named": VALUE},
        {"inner": {"token": VALUE}},
        {"inner": f'{{"token": "{VALUE}"}}'},
        {"inners": [{"token": VALUE, "size": "x"}]},
    ],
)
def test_a_refused_secret_is_nowhere_in_its_error(raw: dict[str, Any]) -> None:
    error = refusal(Holder, raw)
    assert VALUE not in everything(error)
    assert error.__context__ is None
    assert error.__cause__ is None
    assert not getattr(error, "__notes__", [])


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4FFF), min_size=1))
def test_no_character_of_any_refused_secret_is_shown(value: str) -> None:
    error = refusal(Holder, {"one": value, "many": [value], "named": {"k": value}})
    assert not set(value) & set(everything(error))


def test_a_plugins_validator_cannot_put_a_secret_into_the_error() -> None:
    error = refusal(Guarded, {"key": VALUE})
    assert VALUE not in everything(error)
    assert "the reason may show a secret and is withheld" in str(error)


def test_a_plugins_own_words_are_shown_where_they_hold_no_secret() -> None:
    error = refusal(Ordered, {"low": 2, "high": 1, "key": VALUE})
    assert "cannot be used: low must not be above high" in str(error)


def test_a_secret_is_wrapped_before_anything_looks_at_it() -> None:
    seen: list[object] = []

    @attrs.frozen
    class Watched:
        key: Secret = attrs.field(converter=lambda v: seen.append(v) or v)

    validate(Watched, {"key": VALUE}, what="settings")
    assert seen == [Secret(VALUE)]


def test_a_secret_default_is_a_secret_and_is_described_nowhere() -> None:
    @attrs.frozen
    class Defaulted:
        key: Secret = field(label="Key", default=VALUE)

    (only,) = fields_of(Defaulted)
    assert isinstance(validate(Defaulted, {}, what="settings").key, Secret)
    assert VALUE not in repr(only)
    assert "default" not in only.to_json()
