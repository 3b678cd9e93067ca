"""Inputs that people fill in: declared on an attrs class, checked, and described to others."""

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
    "compose",
    "dynamic",
    "field",
    "fields_of",
    "json_schema",
    "validate",
]
