"""JSON Schema out of a class, with jsonschema as the oracle."""

from __future__ import annotations

import json
import string
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, assume, given, settings, strategies as st
from jsonschema import Draft202012Validator

from portcall.errors import SettingsError
from portcall.fields import FORMATS, Field, field, fields_of, json_schema, validate
from portcall.secret import Secret

SAMPLES = {
    "uri": [
        "https://example.com/a?b=c#d",
        "http://[::1]:80/",
        "http://[1]/",
        "a:b",
        "//x",
        "http://",
    ],
    "email": ["ada@example.com", "ada@", "@", "a@b", "a b@c", "ada@-x.com"],
    "hostname": ["api.example.com", "xn--bcher-kva.example", "-a", "a..b", "a." * 130, "1.2.3.4"],
    "hostname-label": ["acme", "a.b", "-a", "a" * 64, "A1-b"],
    "username": ["ada", "a:b", "é", "a\0"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "123e4567e89b12d3a456426614174000"],
    "date-time": ["2026-05-01T12:00:00Z", "2026-02-30T12:00:00Z", "2026-05-01t12:00:00.5+01:00"],
    "date": ["2026-05-01", "2026-02-30", "20260501", "0000-01-01"],
    "ipv4": ["192.0.2.1", "192.0.2.01", "256.1.1.1", "1.2.3"],
    "ipv6": ["2001:db8::1", "::ffff:192.0.2.1", "fe80::1%eth0", ":::"],
    "regex": ["^a+$", "(", "[", ""],
    "text": ["two\nlines", "tab\t", "nul\0"],
}
WORDS = st.text(st.sampled_from(string.ascii_letters + "0123456789.:-@/\n\0é٣ T+Z"), max_size=12)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)


def texts(form: str | None) -> st.SearchStrategy[Any]:
    samples = SAMPLES.get(form or "", ["a", "b"])
    return st.sampled_from(samples) | st.sampled_from(samples).map(lambda s: s + "\n") | WORDS


NUMBERS = st.integers(-3, 12) | st.floats(-3, 12) | st.sampled_from([7.0, -0.0, 1e300])


@attrs.frozen
class Kind:
    """One way to declare a field, with values that may or may not fit it."""

    type: Any
    said: dict[str, Any]
    values: st.SearchStrategy[Any]
    sure: tuple[Any, ...] = ()


@st.composite
def scalars(draw: st.DrawFn) -> Kind:
    form = draw(st.none() | st.sampled_from(sorted(FORMATS)))
    bounds = draw(
        st.sampled_from([{}, {"minimum": 0}, {"maximum": 9.5}, {"minimum": 1, "maximum": 7}])
    )
    choices = draw(st.sampled_from([{}, {"choices": ["a", ("b", "B")]}]))
    return draw(
        st.sampled_from(
            [
                Kind(str, {"format": form}, texts(form)),
                Kind(Secret, {"format": form}, texts(form)),
                Kind(str, choices, texts(None), ("a", "b")),
                Kind(int, bounds, NUMBERS, (1, 7)),
                Kind(float, bounds, NUMBERS, (1.5, 7)),
                Kind(int, {"choices": [1, 2]}, st.sampled_from([1, 2, 3, 1.0, True]), (1, 2)),
                Kind(bool, {}, st.booleans() | st.sampled_from([0, 1]), (True, False)),
                Kind(datetime, {}, texts("date-time")),
                Kind(date, {}, texts("date")),
                Kind(Any, {}, JSON),
            ]
        )
    )


@st.composite
def kinds(draw: st.DrawFn, depth: int) -> Kind:
    inner = draw(scalars())
    shape = draw(st.sampled_from(["scalar", "list", "tuple", "dict", "class"]))
    if shape == "class" and depth:
        cls, values = draw(classes(depth - 1))
        return Kind(cls, {}, st.just(values))
    if shape == "list":
        return Kind(list[inner.type], inner.said, st.lists(inner.values, max_size=3))
    if shape == "tuple":
        return Kind(tuple[inner.type | None, ...], inner.said, st.lists(inner.values, max_size=3))
    if shape == "dict":
        return Kind(
            dict[str, inner.type], inner.said, st.dictionaries(WORDS, inner.values, max_size=3)
        )
    return inner


@st.composite
def classes(draw: st.DrawFn, depth: int = 1) -> tuple[type, Any]:
    """A class and one set of values for it, that may or may not fit."""
    made: dict[str, Any] = {}
    types: dict[str, Any] = {}
    values: dict[str, Any] = {}
    sure: dict[str, tuple[Any, ...]] = {}
    for index in range(draw(st.integers(1, 5))):
        name = f"f{index}"
        kind = draw(kinds(depth))
        said: dict[str, Any] = dict(kind.said)
        optional = draw(st.booleans())
        if kind.sure and draw(st.booleans()):
            said["default"] = kind.sure[0]
        for entry in ("depends_on", "required"):
            if sure and draw(st.booleans()):
                other = draw(st.sampled_from(sorted(sure)))
                said[entry] = {
                    other: draw(st.sampled_from([sure[other][0], [*sure[other], None], None]))
                }
                optional = True
        try_required = draw(st.sampled_from([None, True]))
        if try_required and "required" not in said and optional:
            said["required"] = True
        types[name] = kind.type | None if optional and kind.type is not Any else kind.type
        made[name] = field(label=name.upper(), **said)
        if kind.sure:
            sure[name] = kind.sure
        if draw(st.integers(0, 9)) < 8:
            values[name] = draw(kind.values if draw(st.integers(0, 9)) < 9 else JSON)
    if draw(st.integers(0, 19)) == 0:
        values["unknown"] = 1
    return attrs.frozen(type("Made", (), {"__annotations__": types, **made})), values


def needs_coercion(declared: Field, value: Any) -> bool:
    """What the documentation of `json_schema` leaves out, and nothing else."""
    if value is None or declared.kind == "any":
        return False
    if isinstance(value, str):
        return _text_needs_coercion(declared, value)
    if isinstance(value, list) and declared.item is not None:
        return any(needs_coercion(declared.item, each) for each in value if each != "")
    if isinstance(value, dict):
        inner = {f.name: f for f in declared.fields} or dict.fromkeys(value, declared.item)
        return any(f and needs_coercion(f, value[k]) for k, f in inner.items() if k in value)
    return False


def _text_needs_coercion(declared: Field, text: str) -> bool:
    if declared.kind not in {"string", "secret", "datetime", "date"}:
        return True
    if not text:
        return not declared.required
    if declared.kind == "datetime":
        return not FORMATS["date-time"].accepts(text) and _is_iso(text)
    return declared.kind == "date" and text != text.strip()


def _is_iso(text: str) -> bool:
    try:
        datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return False
    return True


def accepts(cls: type, values: Any) -> bool:
    try:
        validate(cls, values, what="values")
    except SettingsError:
        return False
    return True


@settings(
    derandomize=True, deadline=None, max_examples=600, suppress_health_check=list(HealthCheck)
)
@given(classes())
def test_validate_and_jsonschema_accept_and_refuse_the_same_values(made: tuple[type, Any]) -> None:
    cls, values = made
    assume(isinstance(values, dict))
    assume(not any(needs_coercion(f, values.get(f.name)) for f in fields_of(cls)))
    schema = json.loads(json.dumps(json_schema(cls)))
    Draft202012Validator.check_schema(schema)
    oracle = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert accepts(cls, values) == oracle.is_valid(values), (schema, values)


@pytest.mark.parametrize("form", sorted(FORMATS))
@settings(derandomize=True, deadline=None, max_examples=150)
@given(data=st.data())
def test_each_format_accepts_and_refuses_what_its_schema_does(
    form: str, data: st.DataObject
) -> None:
    @attrs.frozen
    class Values:
        value: str = field(label="Value", format=form)

    text = data.draw(texts(form) | st.text())
    oracle = Draft202012Validator(
        json_schema(Values), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    assert accepts(Values, {"value": text}) == oracle.is_valid({"value": text})


@attrs.frozen
class Shown:
    subdomain: str = field(label="Subdomain", description="First part.", format="hostname-label")
    api_key: Secret = field(label="API key", default="hunter2")
    since: datetime | None = field(label="Since", default=datetime(2026, 5, 1, tzinfo=UTC))
    port: int = field(label="Port", default=443, minimum=1, maximum=65535)
    region: str = field(label="Region", choices=[("eu", "Europe"), "us"])


def test_a_schema_carries_titles_descriptions_defaults_and_limits() -> None:
    made = json_schema(Shown)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["required"] == ["subdomain", "region"]
    assert made["additionalProperties"] is False
    assert made["properties"]["subdomain"]["description"] == "First part."
    assert made["properties"]["since"]["default"] == "2026-05-01T00:00:00+00:00"
    assert made["properties"]["port"]["maximum"] == 65535
    assert made["properties"]["region"]["enum"] == ["eu", "us"]


def test_a_schema_marks_secrets_and_never_holds_their_default() -> None:
    made = json_schema(Shown)
    assert made["properties"]["api_key"]["writeOnly"] is True
    assert "hunter2" not in json.dumps(made)
