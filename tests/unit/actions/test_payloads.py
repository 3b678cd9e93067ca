"""The generated function does what mapping and validation do one after the other."""

import json
import pickle
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from importlib.metadata import version
from typing import Any, Literal

import attrs
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from portcall import (
    MappingError,
    RequestError,
    Secret,
    SettingsError,
    any_of,
    field,
    is_not,
    path,
    template,
)
from portcall.actions.batching import plain
from portcall.actions.mapping.authoring import if_exists, literal, lower, merge
from portcall.actions.mapping.compiler import compile_mapping
from portcall.actions.payloads import packer, reader
from portcall.fields import fields_of, validate
from portcall.requests import json_bodies


@attrs.frozen
class Address:
    street: str = field(label="Street")


@attrs.frozen
class Everything:
    text: str = field(label="Text", default=path("$.a"))
    optional: str | None = field(label="Optional", default=path("$.p.a"))
    email: str | None = field(label="Email", format="email", default=path("$.p.q.a"))
    kind: Literal["x", "y"] = field(label="Kind", default="x")
    whole: int = field(label="Whole", default=0, minimum=-5, maximum=10)
    number: float | None = field(label="Number", default=path("$.p.b"))
    yes: bool = field(label="Yes", default=False)
    at: datetime | None = field(label="At", default=path("$.c"))
    tags: list[str] = field(label="Tags", default=path("$.l"))
    data: dict[str, Any] = field(label="Data", default={})
    anything: Any = field(label="Anything", default=None)
    secret: Secret | None = field(label="Secret", default=path("$.a"))
    inner: Address | None = field(label="Inner", default=path("$.p.q"))
    pages: str | None = field(label="Pages", format="text", default=path("$.b"))


@attrs.frozen
class Conditional:
    user: str | None = field(label="User", default=path("$.a"), required={"other": None})
    other: str | None = field(label="Other", default=path("$.b"))


@attrs.frozen
class Depending:
    mode: str | None = field(label="Mode", default=path("$.a"))
    extra: str | None = field(label="Extra", default=path("$.b"), depends_on={"mode": "x"})


@attrs.frozen
class Conditions:
    extra: str | None = field(label="Extra", default=path("$.b"), depends_on={"mode": "x"})
    mode: str | None = field(
        label="Mode", default=path("$.a"), depends_on=any_of({"whole": 7}, {"yes": is_not(False)})
    )
    whole: int | None = field(label="Whole", default=path("$.p.b"), depends_on={"any": is_not(1)})
    yes: bool = field(label="Yes", default=False)
    any: Any = field(label="Any", default=path("$.c"))
    at: datetime | None = field(
        label="At", default=path("$.c"), depends_on={"@sync_mode": is_not("add")}, required=True
    )
    needed: str | None = field(
        label="Needed",
        default=path("$.a"),
        depends_on={"whole": is_not(None)},
        required={"any": is_not(None, True), "@sync_mode": "add"},
    )
    fixed: str = field(label="Fixed", default="f", init=False)
    last: str | None = field(
        label="Last", default=path("$.b"), required={"fixed": "f", "mode": None}
    )


@attrs.frozen
class Picky:
    text: str = field(label="Text", default=path("$.a"))

    def __attrs_post_init__(self):
        if self.text == "x":
            raise ValueError("x will not do")


@attrs.define(slots=False)
class Loose:
    text: str = field(label="Text", default=path("$.a"))
    more: list[str] = attrs.field(factory=list)


class Count(IntEnum):
    ONE = 1


VALUES = st.one_of(
    st.sampled_from(
        [
            None,
            "",
            "x",
            "y",
            "a@example.com",
            "5",
            "true",
            "a\nb",
            "\x00",
            "\u00a0",
            "2026-05-01T12:00:00Z",
        ]
    ),
    st.sampled_from(
        ["2026-05-01", "2026-05-01t10:00:00+02:00", 0, 7, 7.0, 2.5, 10**400, True, False]
    ),
    st.sampled_from(
        [
            1,
            1.0,
            "1",
            "5.0",
            "1e1",
            1710101109,
            1710101109123,
            "1710101109.5",
            "2026-05-01T12:00:00",
        ]
    ),
    st.sampled_from([Count.ONE, datetime(2026, 5, 1, tzinfo=UTC), date(2026, 5, 1)]),
    st.floats(),
    st.text(max_size=4),
    st.lists(st.sampled_from(["a", "", 1, None, "b\n"]), max_size=3),
    st.dictionaries(
        st.sampled_from(["street", "a", "k"]), st.sampled_from(["s", 1, None]), max_size=2
    ),
)
EASY = st.sampled_from(["x", "7", "1710101109", 7, 1, 1710101109, True, None])
"""Values that most fields take, so that whole payloads come out."""


def events(values, inner_or):
    inner = {"a": values, "b": values, "q": values}
    return dict.fromkeys("abcl", values) | {"p": inner_or(inner)}


EVENTS = st.one_of(
    st.fixed_dictionaries(
        {},
        optional=events(
            VALUES, lambda inner: st.one_of(st.fixed_dictionaries({}, optional=inner), VALUES)
        ),
    ),
    st.fixed_dictionaries(events(EASY, st.fixed_dictionaries)),
)
NODES = st.sampled_from(
    [
        path("$.a"),
        path("$.p.b"),
        path("$.p.q.street"),
        path("$"),
        path("$.l[0]"),
        path("$.l.length"),
        path("$.l.x"),
        path("$.p.length"),
        path("$.p[1]"),
        path("$.p.q.length"),
        path("$.c.a.b"),
        template("{{a}}: {{p.b}}"),
        template("{{a}}"),
        template("as it is"),
        if_exists("$.p.a", path("$.p.a"), path("$.b")),
        if_exists("$.a", "there", literal(0)),
        if_exists("$.b", path("$.l")),
        lower(path("$.a")),
        merge(path("$.p"), {"a": path("$.a")}),
        literal({"k": path("$.l")}),
        ["x", path("$.a")],
        {"street": path("$.a")},
        None,
        "x",
        7,
        2.5,
        True,
        path(path("$.a")),
    ]
)
CLASSES = [Everything, Conditional, Depending, Conditions, Picky, Loose]
MODES = st.sampled_from([None, "add", "remove"])


def usual(cls, mapping, event, sync_mode=None):
    made = compile_mapping(mapping)(event)
    return validate(cls, made, what="it", lenient=True, sync_mode=sync_mode)


def result(make):
    try:
        return make()
    except (SettingsError, MappingError) as error:
        return str(error), error.problems
    except RequestError as error:
        return RequestError, str(error)


def same(one, other):
    return repr(one) == repr(other) and (one == other or "nan" in repr(one))


@settings(max_examples=400, deadline=None)
@given(cls=st.sampled_from(CLASSES), event=EVENTS, mode=MODES)
def test_defaults_read_events_as_the_usual_way_does(cls, event, mode):
    mapping = {f.name: f.default_mapping for f in fields_of(cls) if f.default_mapping is not None}
    before = repr(event)
    found = result(lambda: reader(cls, mapping, what="it", sync_mode=mode)(event))
    assert same(found, result(lambda: usual(cls, mapping, event, mode)))
    assert repr(event) == before


@settings(max_examples=400, deadline=None)
@given(data=st.data(), cls=st.sampled_from(CLASSES), event=EVENTS, mode=MODES)
def test_any_mapping_reads_events_as_the_usual_way_does(data, cls, event, mode):
    names = [each.name for each in fields_of(cls)] + ["unknown"]
    mapping = data.draw(st.dictionaries(st.sampled_from(names), NODES))
    found = result(lambda: reader(cls, mapping, what="it", sync_mode=mode)(event))
    assert same(found, result(lambda: usual(cls, mapping, event, mode)))


def test_nothing_in_a_payload_belongs_to_its_event():
    event = {"a": "x", "l": ["a"], "p": {"k": {"deep": [1]}}}
    mapping = {
        "text": path("$.a"),
        "tags": path("$.l"),
        "data": path("$.p"),
        "anything": path("$.p"),
    }
    payload = reader(Everything, mapping, what="it")(event)
    event["p"]["k"]["deep"].append(2)
    event["l"].append("b")
    assert payload.data == payload.anything == {"k": {"deep": [1]}}
    assert payload.tags == ["a"]
    assert payload.data is not payload.anything


def test_payloads_share_no_default():
    read = reader(Everything, {"text": "x", "tags": ["a"]}, what="it")
    assert read({}).data is not read({}).data


def test_usual_events_never_take_the_usual_way(monkeypatch):
    read = reader(
        Everything, {"text": path("$.a"), "number": 5, "at": path("$.c"), "tags": ["a"]}, what="it"
    )
    monkeypatch.setattr("portcall.actions.payloads.reading.validate", None)
    payload = read({"a": "x", "c": "2026-05-01T12:00:00+02:00"})
    assert payload.at == datetime(2026, 5, 1, 12, tzinfo=UTC) - timedelta(hours=2)
    assert (payload.text, payload.number, payload.kind, payload.data) == ("x", 5, "x", {})


def test_other_spellings_and_conditions_never_take_the_usual_way(monkeypatch):
    mapping = defaults(Conditions) | {"whole": path("$.whole"), "yes": path("$.yes")}
    read = reader(Conditions, mapping, what="it", sync_mode="add")
    monkeypatch.setattr("portcall.actions.payloads.reading.validate", None)
    made = read({"a": 42, "b": True, "c": 5, "whole": "7.0", "yes": 1})
    assert (made.mode, made.extra, made.whole, made.yes, made.at) == ("42", None, 7, True, None)
    assert (made.needed, made.last) == ("42", "true")


@pytest.mark.parametrize("event", [None, 5, [], "text"])
def test_what_is_no_event_is_refused(event):
    with pytest.raises(MappingError, match="must be an object"):
        reader(Picky, {"text": path("$.a")}, what="it")(event)


def test_keys_and_texts_never_become_code():
    nasty = "x'; import os; raise SystemExit #"
    read = reader(Picky, {"text": template(nasty + "{{event}}")}, what="it")
    assert read({"event": "!"}).text == nasty + "!"
    key = 'x"; import os; raise SystemExit #'
    read = reader(Picky, {"text": path(f"$['{key}']")}, what="it")
    assert read({key: "found"}).text == "found"


def test_an_event_that_is_nested_too_deeply_is_refused():
    deep: Any = {}
    for _ in range(100_000):
        deep = {"a": deep}
    with pytest.raises(MappingError, match="nested too deeply"):
        reader(Everything, {"text": "x", "data": path("$.a")}, what="it")(deep)


@attrs.frozen
class Flat:
    text: str = field(label="Text", default=path("$.a"))
    optional: str | None = field(label="Optional", default=path("$.p.a"))
    kind: Literal["x", "y"] = field(label="Kind", default="x")
    size: Literal[1, 2] | None = field(label="Size", default=path("$.p.b"))
    whole: int = field(label="Whole", default=0, minimum=-5, maximum=10)
    number: float | None = field(label="Number", default=path("$.p.b"))
    share: float = field(label="Share", default=0.5)
    yes: bool = field(label="Yes", default=False)
    maybe: bool | None = field(label="Maybe", default=path("$.b"))
    at: datetime | None = field(label="At", default=path("$.c"))
    tags: list[str] = field(label="Tags", default=path("$.l"))
    data: dict[str, Any] = field(label="Data", default={})
    anything: Any = field(label="Anything", default=path("$.p"))
    secret: Secret | None = field(label="Secret", default=path("$.a"))
    pages: str | None = field(label="Pages", format="text", default=path("$.b"))


@attrs.frozen
class Sparse:
    first: str | None = field(label="First", default=path("$.a"))
    other: bool | None = field(label="Other", default=path("$.b"))


@attrs.frozen
class Texts:
    first: Any = field(label="First")
    data: dict[str, Any] = field(label="Data", default={})


@attrs.frozen
class Scalars:
    text: str = field(label="Text", default=path("$.a"))
    number: float | None = field(label="Number", default=path("$.b"))
    share: float = field(label="Share", default=0.5)
    yes: bool = field(label="Yes", default=path("$.yes"))


@attrs.frozen
class Private:
    _text: str = field(label="Text", default=path("$.a"))
    number: float = field(label="Number", default=path("$.b"))


def packed(cls, mapping, to_json=None, sync_mode=None):
    read = reader(cls, mapping, what="it", sync_mode=sync_mode)
    write = to_json or plain(cls)
    return packer(cls, mapping, read=read, to_json=write, sync_mode=sync_mode)


def defaults(cls):
    return {f.name: f.default_mapping for f in fields_of(cls) if f.default_mapping is not None}


@pytest.fixture(params=["standard", "fast"])
def written_by(request, monkeypatch):
    """With orjson, if it is there, and without."""
    if request.param == "fast":
        pytest.importorskip("orjson")
    else:
        monkeypatch.setattr(json_bodies, "_fast", None)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.data(),
    cls=st.sampled_from([*CLASSES, Flat, Sparse, Private, Scalars]),
    event=EVENTS,
    mode=MODES,
)
def test_packing_is_reading_and_writing(written_by, data, cls, event, mode):
    mapping = defaults(cls)
    if data.draw(st.booleans()):
        mapping |= data.draw(st.dictionaries(st.sampled_from(list(mapping)), NODES))
    before = repr(event)

    def separately():
        payload = usual(cls, mapping, event, mode)
        return payload, json_bodies.encode_json(plain(cls)(payload))

    found = result(lambda: packed(cls, mapping, sync_mode=mode)(event))
    expected = result(separately)
    assert same(found[0], expected[0])
    assert repr(event) == before
    if isinstance(found[1], bytes):
        assert list(json.loads(found[1]).items()) == list(json.loads(expected[1]).items())
    else:
        assert found[1] == expected[1]


@pytest.mark.parametrize("value", ['"', "\\", "é", "\u2028", "\x7f", "\ud800", "a\nb", "😀"])
def test_any_text_is_packed_as_json_has_it(written_by, value):
    mapping = {"first": path("$.a"), "data": {"k": path("$.a")}}
    payload, data = packed(Texts, mapping)({"a": value})
    assert payload == Texts(first=value, data={"k": value})
    assert data == json_bodies.encode_json(plain(Texts)(payload))


def test_usual_events_are_packed_without_a_second_look(written_by, monkeypatch):
    sparse, scalars = packed(Sparse, defaults(Sparse)), packed(Scalars, defaults(Scalars))
    monkeypatch.setattr("portcall.actions.payloads.packing.encode_json", None)
    assert sparse({"a": "x", "b": True})[1] == b'{"first":"x","other":true}'
    assert sparse({"b": False})[1] == b'{"other":false}'
    assert sparse({})[1] == b"{}"
    assert scalars({"a": "x", "b": 7, "yes": True})[1] == (
        b'{"text":"x","number":7,"share":0.5,"yes":true}'
    )


@pytest.mark.parametrize("number", [2**63, 10**300, -(2**70), 1e300, 5e-324, 0.1, -0.0])
def test_any_number_is_packed(written_by, number):
    payload, data = packed(Scalars, defaults(Scalars))({"a": "x", "b": number, "yes": True})
    assert json.loads(data)["number"] == payload.number == number


def test_an_author_s_own_way_to_json_is_kept():
    pack = packed(Sparse, defaults(Sparse), lambda payload: [payload.first])
    assert pack({"a": "x"}) == (Sparse(first="x", other=None), b'["x"]')


def test_a_payload_that_has_no_json_form_is_refused(written_by):
    with pytest.raises(RequestError, match="no JSON form for bytes"):
        packed(Texts, {"first": path("$.a")})({"a": b"x"})


def test_payloads_are_instances_of_nothing_but_their_class():
    payload = reader(Sparse, defaults(Sparse), what="it")({"a": "x"})
    assert type(payload) is Sparse
    assert pickle.loads(pickle.dumps(payload)) == payload == Sparse(first="x", other=None)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        payload.first = "y"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        del payload.first


def test_a_class_that_hears_of_its_subclasses_hears_of_none():
    heard = []

    class Listening:
        __slots__ = ()

        def __init_subclass__(cls):
            heard.append(cls)

    @attrs.frozen
    class Made(Listening):
        text: str = field(label="Text", default=path("$.a"))

    heard.clear()
    assert reader(Made, defaults(Made), what="it")({"a": "x"}).text == "x"
    assert heard == []


@pytest.mark.skipif(
    version("attrs") < "26.1", reason="attrs makes no class with such a name before 26.1"
)
def test_a_field_named_by_a_keyword_is_set():
    fields = {"class": attrs.field(type=str, alias="kind"), "b": attrs.field(type=str)}
    made = attrs.make_class("Made", fields, frozen=True, slots=True, repr=False, eq=False)
    payload = reader(made, {"kind": path("$.a"), "b": "b"}, what="it")({"a": "x"})
    assert (getattr(payload, "class"), payload.b) == ("x", "b")
