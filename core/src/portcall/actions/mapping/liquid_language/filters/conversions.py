"""Filters that turn a value into one of another type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from portcall.actions.mapping.jsontext import encode
from portcall.actions.mapping.liquid_language.filters.filter import Filter
from portcall.actions.mapping.liquid_language.javascript import (
    Literal,
    is_true,
    number,
    plain,
    string,
    whole,
)
from portcall.actions.mapping.liquid_language.scope import LiquidError, Scope
from portcall.actions.mapping.values import MISSING, is_array, is_object, is_truthy

_MOST_INDENT: Final = 10


def _default(_scope: Scope, value: Any, other: Any = MISSING, *options: Any) -> Any:
    value = plain(value)
    if is_array(value) or isinstance(value, str):
        return value or other
    if value is False and _allows_false(options):
        return False
    return value if is_true(value) else other


def _allows_false(options: Sequence[Any]) -> bool:
    """Whether one of the options is ``allow_false: true``; an option is a list of name and value."""
    if not all(is_array(each) or is_object(each) for each in options):
        raise LiquidError("has a third argument that is not an option")
    named = {string(each[0]): each[1] for each in options if is_array(each) and len(each) > 1}
    return is_truthy(named.get("allow_false"))


def _raw(_scope: Scope, value: Any) -> Any:
    return value


def _to_integer(_scope: Scope, value: Any) -> float:
    return number(value)


def _json(_scope: Scope, value: Any, space: Any = MISSING) -> Any:
    if value is MISSING:
        return MISSING
    indent = _indent(space)
    return encode(value) if indent is None else _indented(value, indent, "\n")


def _indent(space: Any) -> str | None:
    """What stands before an item, for each level; None for a text in one line."""
    if isinstance(space, str):
        return space[:_MOST_INDENT] or None
    if isinstance(space, bool) or not isinstance(space, (int, float)) or not space > 0:
        return None
    return " " * min(_MOST_INDENT, whole(space))


def _indented(value: Any, indent: str, line: str) -> str:
    """JSON text with one item a line (ECMA-262 §25.5.2)."""
    inner = line + indent
    if is_array(value):
        parts, braces = [_indented(item, indent, inner) for item in value], "[]"
    elif is_object(value) and not isinstance(value, Literal):
        members = [(key, item) for key, item in value.items() if item is not MISSING]
        parts = [f"{encode(str(key))}: {_indented(item, indent, inner)}" for key, item in members]
        braces = "{}"
    else:
        return encode(value)
    between = f",{inner}".join(parts)
    return f"{braces[0]}{inner}{between}{line}{braces[1]}" if parts else braces


FILTERS: Final = {
    "default": Filter(_default),
    "inspect": Filter(_json),
    "json": Filter(_json),
    "jsonify": Filter(_json),
    "raw": Filter(_raw),
    "to_integer": Filter(_to_integer),
}
