"""What a class's fields are, read from annotations and declarations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, NewType, Optional

import attrs
import pytest

from portcall.errors import HookError
from portcall.fields import dynamic, field, fields_of, validate
from portcall.secret import Secret

UserId = NewType("UserId", str)


@attrs.frozen
class Item:
    sku: str = field(label="SKU")


@attrs.frozen
class Directive:
    """Stands for what `portcall.actions.mapping` offers."""

    where: str

    def to_json(self) -> dict[str, str]:
        return {"@path": self.where}


@attrs.frozen
class Order:
    text: str = field(label="Text", default=Directive("$.properties.text"))
    sent_at: datetime | None = field(label="Sent at", default=Directive("$.timestamp"))
    channel: str = field(label="Channel", choices=dynamic, description="Where.", category="Post")
    size: int = field(label="Size", default=1, choices=[(1, "One"), 2])
    items: list[Item] = field(label="Items", default=[{"sku": "a"}])
    key: Secret = field(label="Key", placeholder="sk-...")


def only(annotation: Any, **said: Any) -> Any:
    made = field(label="It", **said)
    cls = type("Made", (), {"__annotations__": {"it": annotation}, "it": made})
    return fields_of(attrs.frozen(cls))[0]


@pytest.mark.parametrize(
    ("annotation", "kind", "type_", "nullable"),
    [
        (str, "string", str, False),
        ("str", "string", str, False),
        (int, "integer", int, False),
        (float, "number", float, False),
        (bool, "boolean", bool, False),
        (datetime, "datetime", datetime, False),
        (date, "date", date, False),
        (Secret, "secret", Secret, False),
        (Any, "any", object, True),
        ("object", "any", object, True),
        (dict[str, Any], "object", dict, False),
        (Mapping[str, int], "object", dict, False),
        (dict, "object", dict, False),
        (Item, "object", Item, False),
        ("Item | None", "object", Item, True),
        (str | None, "string", str, True),
        (Optional[str], "string", str, True),  # noqa: UP045
        (list[str], "list", list, False),
        (list, "list", list, False),
        (tuple[int, ...], "list", tuple, False),
        (Sequence[Item], "list", tuple, False),
        (list[list[int]], "list", list, False),
        (Literal["a", "b"], "string", str, False),
        (Literal[1] | None, "integer", int, True),
        (UserId, "string", str, False),
        (Annotated[int, "note"], "integer", int, False),
    ],
)
def test_the_kind_comes_from_the_annotation(
    annotation: Any, kind: str, type_: type, nullable: bool
) -> None:
    got = only(annotation)
    assert (got.kind, got.type, got.nullable) == (kind, type_, nullable)
    assert got.multiple == (kind == "list")


@pytest.mark.parametrize(
    "annotation",
    [
        bytes,
        set[str],
        int | str,
        tuple[int, str],
        dict[int, str],
        complex,
        "Any | Item | str",
        None,
    ],
)
def test_an_annotation_no_form_can_ask_for_is_an_error_naming_class_and_field(
    annotation: Any,
) -> None:
    with pytest.raises(HookError, match=r"Made\.it: no input can be made of"):
        only(annotation)


def test_an_annotation_that_cannot_be_resolved_says_so() -> None:
    with pytest.raises(HookError, match=r"Made\.it: the annotation 'Decimal' cannot be resolved"):
        only("Decimal")


def test_a_class_that_contains_itself_is_an_error() -> None:
    with pytest.raises(HookError, match="contains itself"):
        fields_of(Tree)


@attrs.frozen
class Tree:
    branches: list[Tree] = field(label="Branches", default=[])


@pytest.mark.parametrize(
    ("annotation", "said", "complaint"),
    [
        (str, {"format": "host-name"}, "unknown format `host-name`; did you mean `hostname`?"),
        (int, {"format": "uri"}, "format is for text"),
        (str, {"minimum": 1}, "minimum and maximum are for numbers"),
        (str, {"choices": []}, "choices are `dynamic`, or a list"),
        (str, {"choices": "abc"}, "choices are `dynamic`, or a list"),
        (str, {"choices": [1]}, "1 cannot be a choice"),
        (str, {"choices": [""]}, "'' cannot be a choice"),
        (Item, {"choices": ["a"]}, "of kind object cannot have choices"),
        (str, {"default": 7}, "the default must be text, not a number"),
        (int, {"default": "7"}, "the default should be 7, of type int"),
        (str, {"default": "c", "choices": ["a"]}, "the default must be one of `a`"),
        (str, {"default": None}, "the default must be text, not null"),
        (str, {"required": False}, "may be left out; give it a default"),
        (str, {"multiple": True}, "multiple=True contradicts the annotation"),
        (str, {"init": False}, "init=False needs a default"),
    ],
)
def test_a_declaration_that_cannot_work_is_an_error_when_the_plugin_is_loaded(
    annotation: Any, said: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(HookError, match=complaint) as caught:
        only(annotation, **said)
    assert "Made.it" in str(caught.value)


def test_a_field_needs_a_label() -> None:
    made = attrs.frozen(type("Made", (), {"__annotations__": {"it": str}, "it": field(label="")}))
    with pytest.raises(HookError, match="a field needs a label"):
        fields_of(made)


def test_plain_attrs_fields_are_described_with_a_label_made_of_the_name() -> None:
    @attrs.frozen
    class Plain:
        base_url: str
        api_key: Secret
        _private: int = attrs.field(default=7)
        tags: list[str] = attrs.field(factory=list)
        cache: dict[int, bytes] = attrs.field(init=False, factory=dict)

    got = fields_of(Plain)
    assert [f.label for f in got] == ["Base URL", "API key", "Private", "Tags"]
    assert [f.name for f in got] == ["base_url", "api_key", "private", "tags"]
    assert [f.required for f in got] == [True, True, False, False]
    made = validate(Plain, {"base_url": "u", "api_key": "k"}, what="settings")
    assert (made._private, made.tags, made.cache) == (7, [], {})


def test_fields_of_base_classes_come_first_and_resolve_where_they_were_written() -> None:
    @attrs.frozen
    class Special(Order):
        extra: int = field(label="Extra")

    assert [f.name for f in fields_of(Special)][-2:] == ["key", "extra"]


def test_a_mapping_directive_is_kept_apart_from_a_default() -> None:
    text, sent_at, *_ = fields_of(Order)
    assert text.default_mapping == Directive("$.properties.text")
    assert text.default is attrs.NOTHING
    assert (text.required, sent_at.required) == (True, False)


def test_multiple_makes_a_list_of_anything() -> None:
    got = only(Any, multiple=True)
    assert (got.kind, got.multiple, got.item.kind) == ("list", True, "any")


def test_a_field_describes_itself_in_plain_json() -> None:
    described = [f.to_json() for f in fields_of(Order)]
    assert json.loads(json.dumps(described)) == described
    text, sent_at, channel, size, items, key = described
    assert text["default_mapping"] == {"@path": "$.properties.text"}
    assert (sent_at["kind"], sent_at["required"]) == ("datetime", False)
    assert channel == {
        "name": "channel",
        "label": "Channel",
        "kind": "string",
        "required": True,
        "description": "Where.",
        "category": "Post",
        "choices": "dynamic",
    }
    assert size["choices"] == [{"value": 1, "label": "One"}, {"value": 2, "label": "2"}]
    assert items["items"]["fields"][0]["name"] == "sku"
    assert items["default"] == [{"sku": "a"}]
    assert key["placeholder"] == "sk-..."


def test_a_default_that_is_a_time_is_described_as_iso_8601() -> None:
    got = only(datetime, default=datetime(2026, 5, 1, tzinfo=UTC))
    assert got.to_json()["default"] == "2026-05-01T00:00:00+00:00"


def test_describing_twice_gives_the_same_fields() -> None:
    assert fields_of(Order)[0] is fields_of(Order)[0]


def test_names_imported_for_type_checking_only_are_known_where_they_are_usual() -> None:
    assert only("Secret | None").kind == "secret"
