"""Mappings written in Python: one function for each directive."""

from __future__ import annotations

from typing import Any, Literal

import attrs

from portcall.actions.mapping.values import detach, is_array, is_object, is_truthy
from portcall.actions.personal_data import PersonalKind


@attrs.frozen
class Directive:
    """One directive, to be used wherever a mapping may have one.

    Args:
        name: With its ``@``: ``"@path"``.
        argument: What stands behind the name; may hold directives.
    """

    name: str
    argument: Any = attrs.field(converter=detach)

    def to_json(self) -> dict[str, Any]:
        """The directive as JSON, a fresh object every time."""
        return {self.name: _to_json(self.argument)}


def _to_json(value: Any) -> Any:
    if isinstance(value, Directive):
        return value.to_json()
    if is_object(value):
        return {key: _to_json(item) for key, item in value.items()}
    return [_to_json(item) for item in value] if is_array(value) else value


def path(where: str) -> Directive:
    """What lies at one place of the event: ``path("$.properties.total")``."""
    return Directive("@path", where)


def template(source: str) -> Directive:
    """A text with values in it: ``template("{{properties.title}} sold")``."""
    return Directive("@template", source)


def liquid(source: str) -> Directive:
    """A text made by a template in the Liquid language: ``{{ name | upcase }}``."""
    return Directive("@liquid", source)


def literal(value: object) -> Directive:
    """A value of your own; directives inside it are applied."""
    return Directive("@literal", value)


def if_exists(value: object, then: object, otherwise: object = None) -> Directive:
    """One of two values: the first if something is neither missing nor null.

    Args:
        value: A directive; a plain text is a path.
        then: Any value of a mapping.
        otherwise: Likewise; without it, nothing.
    """
    return _choice("exists", value, then, otherwise)


def if_filled(value: object, then: object, otherwise: object = None) -> Directive:
    """As `if_exists`, where an empty text, 0 and false are nothing, too."""
    return _choice("blank", value, then, otherwise)


def _choice(condition: str, value: object, then: object, otherwise: object) -> Directive:
    tested = path(value) if isinstance(value, str) else value
    choice = {condition: tested, "then": then}
    if otherwise is not None:
        # a bare false, 0 or "" would be dropped, as theirs drops it
        choice["else"] = otherwise if is_truthy(otherwise) else literal(otherwise)
    return Directive("@if", choice)


def upper(value: object) -> Directive:
    """A text in capitals; other values as they are."""
    return Directive("@case", {"operator": "upper", "value": value})


def lower(value: object) -> Directive:
    """A text in small letters; other values as they are."""
    return Directive("@case", {"operator": "lower", "value": value})


def replace(
    value: object,
    pattern: str,
    replacement: str = "",
    *,
    everywhere: bool = True,
    ignore_case: bool = False,
) -> Directive:
    """A text with one literal text in it replaced by another, each of at most 10 characters."""
    argument = {"pattern": pattern, "replacement": replacement, "value": value}
    return Directive("@replace", {**argument, "global": everywhere, "ignorecase": ignore_case})


def hashed(value: object, kind: PersonalKind) -> Directive:
    """The SHA-256 of personal data, normalised as `hash_personal` does for this kind; of a list, of each."""
    return Directive("@hash", {"value": value, "as": kind})


def array_path(source: object, item: object = None) -> Directive:
    """The items at a path, each in the shape of ``item``, whose paths start at the item."""
    return Directive("@arrayPath", [source] if item is None else [source, item])


def flatten(value: object, separator: str = ".", *, omit_arrays: bool = False) -> Directive:
    """Nested objects as one level of joined keys."""
    argument = {"value": value, "separator": separator, "omitArrays": omit_arrays}
    return Directive("@flatten", argument)


def encode_json(value: object) -> Directive:
    """A value as JSON text."""
    return Directive("@json", {"mode": "encode", "value": value})


def decode_json(value: object) -> Directive:
    """The value of a JSON text; a text that is not JSON as it is."""
    return Directive("@json", {"mode": "decode", "value": value})


def merge(*objects: object, direction: Literal["left", "right"] = "right") -> Directive:
    """Several objects in one; on ``direction`` lies the one that wins."""
    return Directive("@merge", {"objects": objects, "direction": direction})


def transform(apply: object, mapping: object) -> Directive:
    """Two mappings, one after the other: what ``apply`` makes is the event of ``mapping``."""
    return Directive("@transform", {"apply": apply, "mapping": mapping})


def exclude_when_null(value: object) -> Directive:
    """A value, unless it is null; without the null keys, if it is an object."""
    return Directive("@excludeWhenNull", value)
