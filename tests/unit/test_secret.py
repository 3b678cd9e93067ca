"""A secret can be used and cannot be shown."""

import base64
import copy
import dataclasses
import enum
import inspect
import io
import json
import logging
import marshal
import operator
import pickle
import pprint
import string
import traceback
from collections import OrderedDict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import attrs
import pytest
import rich
from rich.console import Console
from rich.pretty import pretty_repr
from rich.traceback import Traceback

import portcall.secret as module
from portcall.errors import SettingsError
from portcall.secret import MASK, Secret, reveal

VALUE = "s3cr3t-canary/ü+%41"


@attrs.frozen
class Settings:
    name: str
    api_key: Secret


@dataclasses.dataclass
class Plain:
    api_key: Secret


class Pair(NamedTuple):
    name: str
    key: Secret


def assert_hidden(shown: object) -> None:
    """Hold that a text, or bytes, shows no part of VALUE as long as six characters."""
    text = shown.decode("latin-1") if isinstance(shown, bytes) else str(shown)
    raw = VALUE.encode()
    spelled = (VALUE, repr(VALUE), ascii(VALUE), repr(raw), raw.decode("latin-1"), raw.hex())
    for form in (*spelled, base64.b64encode(raw).decode(), "s3cr3t", "canary"):
        assert form.strip("'") not in text


def test_uses_of_the_value() -> None:
    key = Secret(VALUE)
    assert f"Bearer {key}" == f"Bearer {VALUE}"
    assert f"{key:>30}|" == f"{VALUE:>30}|"
    template = "Bearer {}"
    assert template.format(key) == f"Bearer {VALUE}"
    assert ("a" + key + "z" + Secret("!")).reveal() == f"a{VALUE}z!"
    assert key.reveal() == reveal(key) == reveal(VALUE) == Secret(key).reveal() == VALUE
    assert bool(key)
    assert not Secret("")


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        "%s".__mod__,
        "%r".__mod__,
        lambda key: f"{key!r} {key!s} {key!a}",
        "{0!r}".format,
        lambda key: string.Template("$key").substitute(key=key),
        lambda key: [key, (key,), {key: key}, {key}, frozenset([key]), OrderedDict(a=key)],
        lambda key: f"{[key]} {(key,)} { {'a': key} }",
        lambda key: Pair("a", key),
        lambda key: SimpleNamespace(key=key),
        lambda key: (Settings("a", key), Plain(key)),
        lambda key: attrs.asdict(Settings("a", key)),
        lambda key: attrs.astuple(Settings("a", key)),
        lambda key: dataclasses.asdict(Plain(key)),
        lambda key: dataclasses.astuple(Plain(key)),
        lambda key: vars(Plain(key)),
        lambda key: pprint.pformat({"keys": [Settings("a", key)] * 9}, width=20),
        lambda key: pretty_repr([Settings("a", key), key], expand_all=True),
        lambda key: json.dumps({"key": key}, default=str),
        lambda key: json.dumps({"key": key}, default=repr),
        ValueError,
        lambda key: repr(ValueError(key, {"a": key})),
        dir,
        inspect.getmembers,
        lambda key: [getattr(key, name, None) for name in dir(key)],
        lambda key: [key._Secret__read, key.__weakref__],
        lambda key: key.__getstate__(),
        lambda key: (
            inspect.getclosurevars(inspect.getmembers(key, inspect.isroutine)[0][1]).globals
        ),
        lambda key: pickle.dumps([key, Settings("a", key)]),
        lambda key: pickle.dumps(key, protocol=0),
        lambda key: repr(copy.copy(key)) + repr(copy.deepcopy([key])),
        hash,
    ],
)
def test_is_never_shown(show: Callable[[Secret], object]) -> None:
    shown = show(Secret(VALUE))
    assert_hidden(shown)
    assert_hidden(repr(shown))


def test_shows_the_mask() -> None:
    assert repr(Secret(VALUE)) == str(Secret(VALUE)) == f"{Secret(VALUE)!r}" == MASK == "***"
    assert repr(Settings("a", Secret(VALUE))) == "Settings(name='a', api_key=***)"


@pytest.mark.parametrize(
    "misuse",
    [
        lambda key: json.dumps({"key": key}),
        marshal.dumps,
        len,
        iter,
        int,
        float,
        bytes,
        vars,
        lambda key: operator.lt(key, key),
        lambda key: key + 1,
        lambda key: 1 + key,
        lambda key: str.join("", [key]),
        lambda key: f"{key:d}",
        lambda key: key[0],
        lambda key: type(key)(VALUE.encode()),
    ],
)
def test_misuse_is_an_error_without_the_value(misuse: Callable[[Any], object]) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        misuse(Secret(VALUE))
    assert_hidden(caught.value)


def test_is_not_in_the_locals_of_a_traceback() -> None:
    def fail(key: Secret, settings: Settings) -> None:
        keys = {"one": key, "more": [settings]}
        raise RuntimeError(len(keys))

    with pytest.raises(RuntimeError) as caught:
        fail(Secret(VALUE), Settings("a", Secret(VALUE)))
    shown = "".join(
        traceback.TracebackException.from_exception(caught.value, capture_locals=True).format()
    )
    assert "keys = {'one': ***" in shown
    assert_hidden(shown)
    stream = io.StringIO()
    console = Console(file=stream, width=200)
    console.print(
        Traceback.from_exception(type(caught.value), caught.value, caught.tb, show_locals=True)
    )
    assert_hidden(stream.getvalue())


def test_is_not_shown_by_rich_inspect() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=300)
    rich.inspect(Secret(VALUE), console=console, all=True)
    assert_hidden(stream.getvalue())


def test_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning(
        "%s %r %s", Secret(VALUE), Secret(VALUE), {"k": Secret(VALUE)}
    )
    logging.getLogger("test").warning(Secret(VALUE))
    assert "*** *** {'k': ***}" in caplog.text
    assert_hidden(caplog.text)


def test_equality_and_hash() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") == "a"
    assert Secret("a") != "b"
    assert hash(Secret("a")) == hash("a")
    assert hash(Secret("a")) == hash(Secret("a"))
    assert {Secret("a"), Secret("a")} == {Secret("a")}
    assert Secret("\ud800é") == Secret("\ud800é")


def test_equality_takes_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def record(*both: bytes) -> bool:
        compared.append(both)
        return False

    monkeypatch.setattr(module, "compare_digest", record)
    assert Secret("ü") != Secret("u")
    assert compared == [("ü".encode(), b"u")]


def test_a_pickle_holds_no_value() -> None:
    lost = pickle.loads(pickle.dumps(Secret(VALUE)))
    for use in (lost.reveal, lambda: f"{lost}", lambda: lost + "a", lambda: Secret(lost)):
        with pytest.raises(SettingsError, match="read it from the store again"):
            use()
    assert repr(lost) == MASK
    assert not lost
    assert lost != Secret(VALUE)
    assert lost != Secret("")
    assert lost == pickle.loads(pickle.dumps(lost))
    assert isinstance(hash(lost), int)
    assert not pickle.loads(pickle.dumps(lost))


def test_copies_keep_the_value() -> None:
    settings = Settings("a", Secret(VALUE))
    assert copy.copy(settings).api_key.reveal() == VALUE
    assert copy.deepcopy(settings).api_key.reveal() == VALUE
    assert attrs.evolve(settings, name="b").api_key.reveal() == VALUE


def test_keeps_the_text_of_a_subclass_of_str() -> None:
    class Key(enum.StrEnum):
        LIVE = "live-key"

        def __str__(self) -> str:
            return "not the value"

    assert type(Secret(Key.LIVE).reveal()) is str
    assert f"{Secret(Key.LIVE)}" == "live-key"


@pytest.mark.parametrize("value", [None, b"bytes", 1, ["a"]])
def test_is_text(value: Any) -> None:
    with pytest.raises(TypeError, match="a secret is text, not"):
        Secret(value)
