"""The fields of a destination file as an attrs class."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.cli.scaffold.from_file.expressions import annotation
from portcall.cli.scaffold.from_file.layout import (
    Code,
    Entries,
    call,
    constant,
    laid_out,
    listed,
    literal,
)
from portcall.cli.scaffold.from_file.writer import Writer
from portcall.declarative.documents import FieldTable

_PASSED: Final = (
    "format", "placeholder", "depends_on", "required", "minimum", "maximum", "category",
)  # fmt: skip


def class_code(
    writer: Writer, name: str, about: str, fields: Mapping[str, FieldTable], at: tuple[str, ...]
) -> str:
    """Return the attrs class of some fields."""
    writer.need("attrs", "")
    lines = ["@attrs.frozen", f"class {name}:", f'    """{about}"""']
    if fields:
        writer.need("portcall", "field")
        lines.append("")
    for each, field in fields.items():
        made = _field(writer, field, (*at, each))
        hint = annotation(writer, field, (*at, each))
        lines.append(laid_out(made, f"{each}: {hint} = ", "", 4))
    return "\n".join(lines)


def camel(name: str) -> str:
    """Return a name as that of a class."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[_\W]+", name))


def _field(writer: Writer, field: FieldTable, at: tuple[str, ...]) -> Entries:
    entries: dict[str, Code] = {"label": literal(field.label)}
    if field.description:
        entries["description"] = literal(field.description)
    if field.default is not None:
        entries["default"] = _default(writer, field.default, (*at, "default"))
    if field.choices == "dynamic":
        writer.need("portcall", "dynamic")
        entries["choices"] = "dynamic"
    elif isinstance(field.choices, dict):
        pairs = [_pair(v, label) for v, label in field.choices.items()]
        entries["choices"] = listed(pairs)
    elif field.choices is not None:
        entries["choices"] = constant(field.choices)
    usual = attrs.fields_dict(FieldTable)
    for name in _PASSED:
        value = getattr(field, name)
        if value is not None and value != usual[name].default:
            entries[name] = constant(value)
    return call("field", **entries)


def _pair(value: Any, label: Any) -> Entries:
    return Entries("(", (("", literal(value)), ("", literal(label))), ")")


def _default(writer: Writer, default: Any, at: tuple[str, ...]) -> Code:
    if not isinstance(default, dict):
        if isinstance(default, dt.date | dt.time | list):
            writer.refuse(at, f"a default that is a {type(default).__name__}")
        return constant(default)
    name, argument = next(iter(default.items()))
    function = {"@path": "path", "@template": "template"}.get(name)
    if function is None or len(default) != 1 or not isinstance(argument, str):
        writer.refuse(at, f"the directive `{name}`")
        return "None"
    writer.need("portcall", function)
    return call(function, literal(argument))
