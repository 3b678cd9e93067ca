"""One class out of the classes of all layers."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import Any

import attrs
import pytest

from portcall.errors import HookError, SettingsError
from portcall.fields import compose, field, fields_of, validate
from portcall.secret import Secret


@attrs.frozen
class Basic:
    username: str = field(label="User name")
    password: Secret = field(label="Password")


@attrs.frozen
class Acme:
    subdomain: str = field(label="Subdomain", format="hostname-label")
    tags: list[str] = field(label="Tags", default=["a"])

    @property
    def base_url(self) -> str:
        return f"https://{self.subdomain}.example.com"


VALUES = {"username": "ada", "password": "hunter2", "subdomain": "acme"}


def names(cls: type) -> list[str]:
    return [f.name for f in fields_of(cls)]


def test_the_schemes_fields_come_first() -> None:
    assert names(compose([Basic, Acme])) == ["username", "password", "subdomain", "tags"]


def test_the_composed_class_is_the_strongest_with_more_in_it() -> None:
    made: Any = validate(compose([Basic, Acme]), VALUES, what="settings")
    assert isinstance(made, Acme)
    assert (made.base_url, made.username) == ("https://acme.example.com", "ada")
    assert type(made).__module__ == __name__


def test_a_stronger_class_redefines_a_field_where_it_stands() -> None:
    @attrs.frozen
    class Key:
        password: Secret = field(label="Write key")
        username: str = field(label="User", default="api")

    first, second = fields_of(compose([Basic, Key]))
    assert (first.label, second.label) == ("User", "Write key")


def test_init_false_takes_a_field_out_of_the_form_at_its_default() -> None:
    @attrs.frozen
    class Key:
        password: Secret = field(label="Password", default="", init=False)

    both = compose([Basic, Key])
    assert names(both) == ["username"]
    made: Any = validate(both, {"username": "key"}, what="settings")
    assert made.password == Secret("")
    with pytest.raises(SettingsError, match="`password` is not a field"):
        validate(both, {"username": "key", "password": "x"}, what="settings")


class WithSlots:
    """As small as an object of four attributes can be in this Python."""

    __slots__ = ("__weakref__", "a", "b", "c", "d")


def test_instances_are_frozen_have_slots_and_show_no_secret() -> None:
    made: Any = validate(compose([Basic, Acme]), VALUES, what="settings")
    assert repr(made) == "Acme(username='ada', password=***, subdomain='acme', tags=['a'])"
    assert not hasattr(made, "__dict__")
    assert sys.getsizeof(made) <= sys.getsizeof(WithSlots())
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.username = "eve"


def test_arguments_are_keyword_only() -> None:
    with pytest.raises(TypeError):
        compose([Basic, Acme])("ada")


def test_defaults_that_can_change_are_never_shared() -> None:
    both = compose([Basic, Acme])
    first: Any = validate(both, VALUES, what="settings")
    second: Any = validate(both, VALUES, what="settings")
    direct: Any = both(**VALUES)
    assert first.tags == second.tags == direct.tags == ["a"]
    assert len({id(first.tags), id(second.tags), id(direct.tags)}) == 3


def test_an_instance_of_the_authors_own_class_can_be_completed() -> None:
    both = compose([Acme])
    assert isinstance(validate(both, Acme(subdomain="acme"), what="settings"), both)
    with pytest.raises(SettingsError, match="Password is missing"):
        validate(compose([Basic, Acme]), Acme(subdomain="acme"), what="settings")


def test_no_class_at_all_makes_settings_without_fields() -> None:
    assert fields_of(compose([])) == ()
    assert isinstance(validate(compose([]), {}, what="settings"), compose([]).__mro__[1])


def test_what_attrs_offers_to_a_class_goes_on_working() -> None:
    @attrs.define(slots=False)
    class Open:
        low: int = attrs.field(validator=attrs.validators.ge(0), on_setattr=attrs.setters.validate)
        high: int = attrs.field()
        _name: str = attrs.field(default="x", converter=str.upper)
        total: object = attrs.field(init=False, factory=object)

        @high.default
        def _(self) -> int:
            return self.low + 1

        @low.validator
        def _even(self, _attribute: object, value: int) -> None:
            if value % 2:
                raise ValueError("low must be even")

    both = compose([Basic, Open])
    made: Any = validate(both, {"username": "a", "password": "b", "low": "4"}, what="settings")
    assert (made.high, made._name, type(made.total)) == (5, "X", object)
    with pytest.raises(SettingsError, match="cannot be used: low must be even"):
        validate(both, {"username": "a", "password": "b", "low": 3}, what="settings")


@pytest.mark.parametrize("wrong", [dict, "Settings", None, int, Acme(subdomain="a")])
def test_what_is_no_attrs_class_is_the_plugins_error(wrong: Any) -> None:
    with pytest.raises(HookError, match="is not an attrs class; decorate it with"):
        compose([Basic, wrong])


def test_composing_takes_about_a_millisecond() -> None:
    times = []
    for _ in range(10):
        start = perf_counter()
        fields_of(compose([Basic, Acme]))
        times.append(perf_counter() - start)
    assert min(times) < 0.005
