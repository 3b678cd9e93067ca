"""From the fields of a destination file to attrs classes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from keyword import iskeyword
from typing import Any, Final

import attrs

from portcall.actions.mapping.authoring import Directive
from portcall.actions.mapping.validate import validate_mapping
from portcall.declarative.documents import FieldTable, MemberTable
from portcall.declarative.scopes import Report
from portcall.errors import HookError
from portcall.fields import dynamic, field, fields_of
from portcall.secret import Secret

_TYPES: Final[dict[str, Any]] = {
    "string": str,
    "secret": Secret,
    "integer": int,
    "number": float,
    "boolean": bool,
    "datetime": datetime,
    "date": date,
    "object": dict[str, Any],
    "any": Any,
}


def fields_class(
    name: str, tables: Mapping[str, MemberTable], at: tuple[str, ...], report: Report
) -> type[Any]:
    """Make the attrs class of some fields; what cannot be a field is reported and left out."""
    made = {}
    for each, table in tables.items():
        if not each.isidentifier() or iskeyword(each) or each.startswith("_"):
            report(
                (*at, each),
                f"`{each}` is not a name: letters, digits and underscores, no digit first",
            )
            continue
        annotation = _annotation(table, _base(f"{name}_{each}", table, (*at, each), report))
        attribute = _field(table, (*at, each), report)
        attribute.type = annotation
        alone = attrs.make_class(name, {each: attribute}, frozen=True)
        try:
            fields_of(alone)
        except HookError as error:
            if table.depends_on is None and not isinstance(table.required, dict):
                report((*at, each), f"{error}")
                continue
        made[each] = _field(table, (*at, each), _silent)
        made[each].type = annotation
    cls = attrs.make_class(name, made, frozen=True)
    try:
        fields_of(cls)
    except HookError as error:
        report(at, f"{error}")
        return attrs.make_class(name, {}, frozen=True)
    return cls


def _base(name: str, table: MemberTable, at: tuple[str, ...], report: Report) -> Any:
    """Return the type of a field; members make a class of it."""
    members = table.fields if isinstance(table, FieldTable) else {}
    kind = table.items if table.type == "list" else table.type
    if members and kind != "object":
        report(at, 'only an object, or a list with `items = "object"`, has members')
    made = (
        fields_class(name, members, (*at, "fields"), report) if members else _TYPES.get(kind, Any)
    )
    return list[made] if table.type == "list" else made  # type: ignore[valid-type]


def _annotation(table: MemberTable, base: Any) -> Any:
    is_needed = table.required is True or (table.required is None and table.default is None)
    is_needed = is_needed and table.depends_on is None
    return base if is_needed or base is Any or _plain_default(table) is not None else base | None


def _plain_default(table: MemberTable) -> Any:
    return None if _is_directive(table.default) else table.default


def _field(table: MemberTable, at: tuple[str, ...], report: Report) -> Any:
    default: Any = attrs.NOTHING
    if _is_directive(table.default):
        for problem in validate_mapping({"it": table.default}):
            report((*at, "default"), problem.message)
        name, argument = next(iter(table.default.items()))
        default = Directive(name, argument)
    elif table.default is not None:
        default = table.default
    choices = table.choices
    if choices == "dynamic":
        choices = dynamic
    elif isinstance(choices, dict):
        choices = list(choices.items())
    return field(
        label=table.label,
        description=table.description,
        default=default,
        choices=choices,
        format=table.format,
        placeholder=table.placeholder,
        depends_on=table.depends_on,
        required=table.required,
        minimum=table.minimum,
        maximum=table.maximum,
        category=table.category,
    )


def _is_directive(value: Any) -> bool:
    return isinstance(value, dict) and any(key.startswith("@") for key in value)


def _silent(_at: tuple[str, ...], _message: str) -> None:
    """Take what was reported before."""
