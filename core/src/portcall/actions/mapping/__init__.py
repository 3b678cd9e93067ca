"""Mappings: from an event to the payload of an action, compatible with Segment's mapping kit."""

from __future__ import annotations

from portcall.lazy_names import lazy_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from portcall.actions.mapping.authoring import (
        Directive as Directive,
        array_path as array_path,
        decode_json as decode_json,
        encode_json as encode_json,
        exclude_when_null as exclude_when_null,
        flatten as flatten,
        hashed as hashed,
        if_exists as if_exists,
        if_filled as if_filled,
        liquid as liquid,
        literal as literal,
        lower as lower,
        merge as merge,
        path as path,
        replace as replace,
        template as template,
        transform as transform,
        upper as upper,
    )
    from portcall.actions.mapping.compiler import (
        CompiledMapping as CompiledMapping,
        compile_mapping as compile_mapping,
    )
    from portcall.actions.mapping.validate import (
        validate_mapping as validate_mapping,
    )
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "portcall.actions.mapping.authoring": (
                "Directive",
                "array_path",
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
            ),
            "portcall.actions.mapping.compiler": (
                "CompiledMapping",
                "compile_mapping",
            ),
            "portcall.actions.mapping.validate": ("validate_mapping",),
        },
    )
