"""JSON values as mappings see them: absence, truth, text and copies (ECMA-262 §7.1)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeGuard

from portcall.errors import MappingError, Problem
from portcall.fields.numerals import number_text
from portcall.requests.json_bodies import bare_encoder

Run = Callable[[Any], Any]
"""What a part of a mapping compiles to: event in, value out."""


class Missing:
    """The type of `MISSING`."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing()
"""Absent, as against null: an object leaves out the keys that have this value."""

SCALARS: Final = frozenset({str, int, float, bool, type(None), Missing})
"""Types whose values can be handed out without a copy."""

_TYPE_NAMES: Final = (
    ((Missing,), "undefined"),
    ((type(None),), "null"),
    ((bool,), "boolean"),
    ((str,), "string"),
    ((int, float), "number"),
    ((Mapping,), "object"),
    ((list, tuple), "array"),
)


def type_name(value: object) -> str:
    """JSON's name for the type of a value; Python's where JSON has none."""
    names = (name for kinds, name in _TYPE_NAMES if isinstance(value, kinds))
    return next(names, type(value).__name__)


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is a JSON object."""
    return value.__class__ is dict or isinstance(value, Mapping)


def is_array(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a JSON array."""
    return isinstance(value, (list, tuple))


def is_truthy(value: object) -> bool:
    """Whether JavaScript takes a value for true: an empty list is, NaN is not."""
    if isinstance(value, float):
        return value != 0 and not math.isnan(value)
    return bool(value) or is_object(value) or is_array(value)


def text(value: object) -> str:
    """A value as JavaScript prints it; nothing for null and missing.

    Args:
        value: A JSON value; dates print as ISO 8601.

    Returns:
        ``"1"`` for 1.0, ``"true"``, ``"a,b"`` for a list, ``"[object Object]"``.

    Raises:
        MappingError: The value is not JSON.

    Source: ECMA-262 §7.1.17 (ToString), with every digit of an integer kept.
    """
    printer = _PRINTERS.get(value.__class__)
    return _rare_text(value) if printer is None else printer(value)


def _rare_text(value: object) -> str:
    if is_array(value):
        return ",".join([text(item) for item in value])
    if is_object(value):
        return "[object Object]"
    if isinstance(value, str):
        return str.__str__(value)
    return number_text(value) if isinstance(value, (int, float)) else foreign_text(value)


USUAL_FROM: Final = 1e-3
USUAL_BELOW: Final = 1e15
"""Between these, no way to write a float has an exponent."""

_write: Final = bare_encoder()


def _float_text(value: float) -> str:
    if _write is not None and USUAL_FROM <= value < USUAL_BELOW:
        # The same digits as `repr` has, in a third of the time.
        return _write(value).decode().removesuffix(".0")
    return number_text(value)


_PRINTERS: Final[dict[type, Callable[[Any], str]]] = {
    str: str.__str__,
    int: number_text,
    float: _float_text,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "",
    Missing: lambda _: "",
}


def foreign_text(value: object) -> str:
    """The text of a value that JSON does not have: dates only.

    Raises:
        MappingError: It is not a date.
    """
    if isinstance(value, date):
        return value.isoformat()
    problem = Problem("", f"A {type(value).__name__} is not a JSON value.")
    raise MappingError("The event holds a value that cannot be written as text.", [problem])


def as_is(value: Any) -> Any:
    """The value itself."""
    return value


def detach(value: Any) -> Any:
    """A copy that shares no list and no object with the original.

    Args:
        value: Any value; one that is neither list nor object is its own copy.

    Returns:
        Missing keys are left out, missing items are null.
    """
    cls = value.__class__
    if cls in SCALARS:
        return value
    if cls is dict or is_object(value):
        # Most items are not objects, and a call for each takes longer than its copy.
        return {
            key: item if item.__class__ in SCALARS else detach(item)
            for key, item in value.items()
            if item is not MISSING
        }
    if cls is list or is_array(value):
        return [None if item is MISSING else detach(item) for item in value]
    return value


def without_missing(value: dict[str, Any]) -> dict[str, Any]:
    """An object without its missing keys."""
    return {key: item for key, item in value.items() if item is not MISSING}


def spread(value: Any) -> Mapping[str, Any]:
    """What is left of a value where an object is merged: ``{...value}`` in JavaScript."""
    if is_object(value):
        return value
    if is_array(value) or isinstance(value, str):
        return {str(index): item for index, item in enumerate(value)}
    return {}
