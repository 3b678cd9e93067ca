"""Mappings: from an event to the payload of an action, compatible with Segment's mapping kit."""

from portcall.actions.mapping.authoring import (
    Directive,
    array_path,
    decode_json,
    encode_json,
    exclude_when_null,
    flatten,
    hashed,
    if_exists,
    if_filled,
    liquid,
    literal,
    lower,
    merge,
    path,
    replace,
    template,
    transform,
    upper,
)
from portcall.actions.mapping.compiler import CompiledMapping, compile_mapping
from portcall.actions.mapping.validate import validate_mapping

__all__ = [
    "CompiledMapping",
    "Directive",
    "array_path",
    "compile_mapping",
    "decode_json",
    "encode_json",
    "exclude_when_null",
    "flatten",
    "hashed",
    "if_exists",
    "if_filled",
    "liquid",
    "literal",
    "lower",
    "merge",
    "path",
    "replace",
    "template",
    "transform",
    "upper",
    "validate_mapping",
]
