"""Inputs that people fill in: declared on an attrs class, checked, and described to others."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.fields.conditions import (
        any_of as any_of,
        is_not as is_not,
    )
    from portcall.fields.declaring import (
        Dynamic as Dynamic,
        dynamic as dynamic,
        field as field,
    )
    from portcall.fields.describing import (
        Field as Field,
    )
    from portcall.fields.fieldsets import (
        compose as compose,
    )
    from portcall.fields.formats import (
        FORMATS as FORMATS,
        Format as Format,
    )
    from portcall.fields.plans import (
        fields_of as fields_of,
    )
    from portcall.fields.schema import (
        json_schema as json_schema,
    )
    from portcall.fields.validation import (
        validate as validate,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.fields.conditions": (
                "any_of",
                "is_not",
            ),
            "portcall.fields.declaring": (
                "Dynamic",
                "dynamic",
                "field",
            ),
            "portcall.fields.describing": ("Field",),
            "portcall.fields.fieldsets": ("compose",),
            "portcall.fields.formats": (
                "FORMATS",
                "Format",
            ),
            "portcall.fields.plans": ("fields_of",),
            "portcall.fields.schema": ("json_schema",),
            "portcall.fields.validation": ("validate",),
        },
    )
