"""A class's inputs as JSON Schema 2020-12.

The schema and `validate` accept and refuse the same values, wherever nothing has to be coerced. They
part only where `validate` takes a value that is not what JSON calls the field's kind:

- text for a kind that is not text: numbers, booleans, lists, objects;
- ISO 8601 that is not RFC 3339 for a datetime, and blanks around a date;
- empty text for a field that may be left out and whose format or choices have no empty text;

and where no schema can speak: the validators of the class itself, and whole numbers past the range of
a double in a field of kind ``number``, which `validate` refuses. The schema counts on a validator that
asserts ``format`` and reads patterns as Unicode.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from portcall.fields.checking import Part, Plan
from portcall.fields.coercion import same
from portcall.fields.conditions import AllOf, AnyOf, FieldIs, Rule
from portcall.fields.describing import Field, plain
from portcall.fields.formats import FORBIDDEN_IN_LINE, FORBIDDEN_IN_TEXT, FORMATS
from portcall.fields.plans import plan_of

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Final = {
    "string": "string",
    "secret": "string",
    "datetime": "string",
    "date": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
}

Schema = dict[str, Any]


def json_schema(cls: type, *, sync_mode: str | None = None) -> Schema:
    """Return the JSON Schema of an attrs class's inputs.

    Args:
        cls: An attrs class, such as `compose` makes.
        sync_mode: Of an action's payload, the sync mode that conditions see; without one, no mode is it.

    Returns:
        A schema of draft 2020-12 as plain JSON. Null is allowed for every field that may be left out.
        Secrets are ``writeOnly`` and have no default in it.

    Raises:
        HookError: The class cannot work; as `fields_of`.
    """
    return {"$schema": DIALECT, **_class(cls, sync_mode)}


def _class(cls: type, mode: str | None) -> Schema:
    plan = plan_of(cls, sync_mode=mode)
    parts = plan.parts.values()
    rules = [rule for part in parts for rule in _rules(plan, part, mode)]
    return {
        "type": "object",
        "properties": {name: _property(part, mode) for name, part in plan.parts.items()},
        "required": [p.field.name for p in parts if p.needs is True and p.counts is True],
        "additionalProperties": False,
        **({"allOf": rules} if rules else {}),
    }


def _property(part: Part, mode: str | None) -> Schema:
    """Return what holds for a field at all times; one that depends on others is held to nothing yet."""
    field = part.field
    said: Schema = {"title": field.label}
    if field.description:
        said["description"] = field.description
    if not field.secret and field.default not in (attrs.NOTHING, None):
        said["default"] = plain(field.default)
    if field.secret:
        said["writeOnly"] = True
    if part.counts is not True:
        return said
    return said | _given(field, mode, required=part.needs is True)


def _rules(plan: Plan, part: Part, mode: str | None) -> list[Schema]:
    """Return what holds for a field under a condition only."""
    rules, counts, needs = [], part.counts, part.needs
    if not isinstance(counts, bool):
        rules.append(_rule(_holds(plan, counts), part.field, mode, required=needs is True))
    if not isinstance(needs, bool) and counts is not False:
        both = [_holds(plan, rule) for rule in (counts, needs)]
        rules.append(_rule({"allOf": both}, part.field, mode, required=True))
    return rules


def _rule(condition: Schema | bool, field: Field, mode: str | None, *, required: bool) -> Schema:
    then: Schema = {"properties": {field.name: _given(field, mode, required=required)}}
    if required:
        then["required"] = [field.name]
    return {"if": condition, "then": then}


def _holds(plan: Plan, rule: Rule) -> Schema | bool:
    if isinstance(rule, AllOf):
        return {"allOf": [_holds(plan, each) for each in rule.rules]}
    if isinstance(rule, AnyOf):
        return {"anyOf": [_holds(plan, each) for each in rule.rules]}
    if isinstance(rule, FieldIs):
        agrees = _agrees(plan, rule.name, rule.values)
        return {"not": agrees} if rule.negated else agrees
    return rule is True


def _agrees(plan: Plan, name: str, values: tuple[object, ...]) -> Schema | bool:
    """Return the schema for: one other field has one of the values, or a default among them."""
    if name in plan.fixed:
        return _among(plan.fixed[name], values)
    part = plan.parts[name]
    field = part.field
    default = None if field.default is attrs.NOTHING else field.default
    ways = [_is_given(field, values)]
    if _among(default, values):
        ways.append(_is_absent(field))
    otherwise = _among(default, values)
    return {"if": _holds(plan, part.counts), "then": {"anyOf": ways}, "else": otherwise}


def _among(value: object, values: tuple[object, ...]) -> bool:
    return any(same(value, each) for each in values)


def _is_given(field: Field, values: tuple[object, ...]) -> Schema:
    allowed = [value for value in values if value is not None]
    return {"required": [field.name], "properties": {field.name: {"enum": allowed}}}


def _is_absent(field: Field) -> Schema:
    empty = [None] if field.kind == "any" else [None, ""]
    return {"properties": {field.name: {"enum": empty}}}


def _given(field: Field, mode: str | None, *, required: bool) -> Schema:
    """Return the schema of a field's value, or of null where it may be left out."""
    schema = _value(field, mode)
    if not required:
        return _or_null(schema)
    if field.kind == "any" and "enum" not in schema:
        return {"not": {"type": "null"}}
    free = field.kind in {"string", "secret"} and "pattern" not in schema and "enum" not in schema
    return schema | ({"minLength": 1} if free else {})


def _or_null(schema: Schema) -> Schema:
    nullable = dict(schema)
    if "type" in schema:
        nullable["type"] = [schema["type"], "null"]
    if "enum" in schema:
        nullable["enum"] = [*schema["enum"], None]
    return nullable


def _value(field: Field, mode: str | None) -> Schema:
    if field.kind == "list":
        return {"type": "array", "items": _inner(field.item, mode)}
    if attrs.has(field.type):
        return _class(field.type, mode)
    if field.kind == "object":
        return {"type": "object", "additionalProperties": _inner(field.item, mode)}
    return _scalar(field)


def _inner(item: Field | None, mode: str | None) -> Schema | bool:
    if item is None or (item.kind == "any" and item.choices is None):
        return True
    schema = _value(item, mode)
    return _or_null(schema) if item.nullable else schema


def _scalar(field: Field) -> Schema:
    schema: Schema = {"type": _TYPES[field.kind]} if field.kind in _TYPES else {}
    if schema.get("type") == "string":
        schema |= _text(field)
    bounds = {"minimum": field.minimum, "maximum": field.maximum}
    schema |= {name: bound for name, bound in bounds.items() if bound is not None}
    if isinstance(field.choices, tuple):
        schema["enum"] = [value for value, _ in field.choices]
    return schema


def _text(field: Field) -> Schema:
    name = {"datetime": "date-time", "date": "date"}.get(field.kind, field.format)
    forbidden = FORBIDDEN_IN_TEXT if name == "text" else FORBIDDEN_IN_LINE
    schema: Schema = {"not": {"type": "string", "pattern": forbidden}}
    if name is None:
        return schema
    form = FORMATS[name]
    if form.standard:
        schema["format"] = form.name
    if form.pattern:
        schema["pattern"] = f"^(?:{form.pattern})$"
    if form.max_length is not None:
        schema["maxLength"] = form.max_length
    return schema
