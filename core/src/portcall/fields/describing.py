"""What one declared input is, for forms, the command line and validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

import attrs

from portcall.fields.conditions import Condition
from portcall.fields.declaring import Dynamic, dynamic
from portcall.secret import Secret

COMPARABLE: Final = {"string", "integer", "number", "boolean", "any"}
"""The kinds whose values can be choices, and can be conditions of other fields."""


@attrs.frozen(kw_only=True)
class Field:
    """One declared input, as forms, the command line and validation need it.

    Args:
        name: What it is called in settings; unique in its class.
        label: What a person calls it.
        kind: ``string``, ``integer``, ``number``, ``boolean``, ``datetime``, ``date``, ``secret``,
            ``object``, ``list`` or ``any``.
        type: The class of its values: ``str``, ``tuple``, an attrs class.
        nullable: Its annotation allows None.
        required: It has to be given wherever it counts.
        required_if: It has to be given under this condition only.
        default: Taken if nothing is given; ``attrs.NOTHING`` for none.
        default_mapping: The directive that fills it from an event, or None.
        choices: Pairs of value and label; `dynamic`; None for a free value.
        fields: What an object of an attrs class holds.
        item: What a list, or an object with any keys, holds.
    """

    name: str
    label: str
    kind: str
    type: Any
    nullable: bool = False
    description: str = ""
    required: bool = False
    required_if: Condition | None = None
    default: Any = attrs.Factory(lambda: attrs.NOTHING)
    default_mapping: Any = None
    choices: tuple[tuple[object, str], ...] | Dynamic | None = None
    format: str | None = None
    placeholder: str = ""
    depends_on: Condition | None = None
    minimum: float | None = None
    maximum: float | None = None
    category: str = ""
    fields: tuple[Field, ...] = ()
    item: Field | None = None

    @property
    def multiple(self) -> bool:
        """It takes any number of values."""
        return self.kind == "list"

    @property
    def secret(self) -> bool:
        """Its values, or values inside it, are never shown."""
        inner = (self.item, *self.fields)
        return self.kind == "secret" or any(f.secret for f in inner if f is not None)

    def to_json(self) -> dict[str, Any]:
        """Describe the field in plain JSON; entries that say nothing are left out.

        Returns:
            ``name``, ``label``, ``kind``, ``required``, and what else was declared. A secret's default
            is left out; a default mapping is its directive's own JSON.
        """
        said = {
            k: v for k, v in _entries(self) if v is not None and v not in ("", (), attrs.NOTHING)
        }
        return {key: plain(value) for key, value in said.items()}


def plain(value: Any) -> Any:
    """Turn a declared value into JSON: ISO 8601 for times, ``***`` for secrets."""
    if isinstance(value, Field) or callable(getattr(value, "to_json", None)):
        return value.to_json()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    if attrs.has(type(value)):
        return plain(attrs.asdict(value, recurse=False))
    return str(value) if isinstance(value, Secret) else value


def _entries(field: Field) -> Iterator[tuple[str, Any]]:
    skipped = {"type", "nullable", "item", "choices", "default", "required"}
    yield "required", field.required
    for name, value in attrs.asdict(field, recurse=False).items():
        if name not in skipped:
            yield name, value
    if not field.secret:
        yield "default", field.default
    if isinstance(field.choices, tuple):
        yield "choices", [{"value": value, "label": label} for value, label in field.choices]
    if field.choices is dynamic:
        yield "choices", "dynamic"
    yield "items", field.item
