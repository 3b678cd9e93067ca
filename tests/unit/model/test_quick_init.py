"""Values that assign to their slots when they are made are what attrs makes of the same class."""

from __future__ import annotations

import inspect
from typing import Any

import attrs
import pytest

from portcall import Request, RequestOptions, Response
from portcall.model.quick_init import maker, quick_init


def _doubled(value: int) -> int:
    return value * 2


def _by_attrs() -> Any:
    @attrs.frozen(kw_only=True)
    class Value:
        given: int
        _hidden: int = attrs.field(default=1, alias="hidden")
        doubled: int = attrs.field(default=2, converter=_doubled)
        several: list[int] = attrs.field(factory=list)

    return Value


def _fields(value: Any) -> list[object]:
    return [value.given, value._hidden, value.doubled, value.several]  # as attrs names it


def test_a_value_has_the_defaults_and_converters_that_attrs_gives_it() -> None:
    plain, quick = _by_attrs(), quick_init(_by_attrs())
    for given in ({"given": 1}, {"given": 1, "hidden": 5, "doubled": 7, "several": [3]}):
        assert _fields(quick(**given)) == _fields(plain(**given))
    assert quick(given=1).several is not quick(given=1).several
    assert inspect.signature(quick) == inspect.signature(plain)


def test_a_value_is_frozen_and_of_its_own_class_once_it_is_made() -> None:
    quick = quick_init(_by_attrs())
    for made in (quick(given=1), attrs.evolve(quick(given=2), given=1)):
        assert type(made) is quick
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            made.given = 2
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            del made.given


def test_a_subclass_is_made_as_attrs_makes_it() -> None:
    class Further(quick_init(_by_attrs())):  # type: ignore[misc]  # a class that is made at run time
        more = 1

    made = Further(given=1)
    assert (type(made), made.more, _fields(made)) == (Further, 1, [1, 1, 4, []])


def test_a_field_that_is_missing_or_unknown_is_refused_by_its_name() -> None:
    for cls, given in ((Request, {"url": "/"}), (RequestOptions, {"header": {}}), (Response, {})):
        with pytest.raises(TypeError, match="method|header|status"):
            cls(**given)


def test_a_maker_takes_what_the_converters_would_leave_as_it_is() -> None:
    headers = {"a": "b"}
    request = maker(Request)(method="GET", url="/", headers=headers)
    assert request == Request(method="GET", url="/", headers=headers)
    assert request.headers is headers
    assert request.answers == []
