"""Inputs that people fill in: declared on an attrs class, checked, and described to others."""

from portcall.fields.conditions import any_of, is_not
from portcall.fields.declaring import Dynamic, dynamic, field
from portcall.fields.describing import Field
from portcall.fields.fieldsets import compose
from portcall.fields.formats import FORMATS, Format
from portcall.fields.plans import fields_of
from portcall.fields.schema import json_schema
from portcall.fields.validation import validate

__all__ = [
    "FORMATS",
    "Dynamic",
    "Field",
    "Format",
    "any_of",
    "compose",
    "dynamic",
    "field",
    "fields_of",
    "is_not",
    "json_schema",
    "validate",
]
