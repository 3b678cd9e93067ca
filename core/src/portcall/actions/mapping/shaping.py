"""The directives that make objects and texts of values: ``@flatten @json @merge @transform``."""

from __future__ import annotations

from typing import Any, Final

from portcall.actions.mapping import rules
from portcall.actions.mapping.flattening import flatten
from portcall.actions.mapping.jsontext import decode, encode
from portcall.actions.mapping.spec import Site, Spec, Want
from portcall.actions.mapping.values import (
    MISSING,
    Run,
    detach,
    is_object,
    is_truthy,
    spread,
    type_name,
    without_missing,
)


def _build_flatten(options: dict[str, Any], site: Site) -> Run:
    read = site.inner(options["value"], Want.LOOK, "value")
    separator, omit_arrays = options["separator"], is_truthy(options.get("omitArrays"))

    def run(data: Any) -> dict[str, Any]:
        flat = flatten(read(data), separator, omit_arrays=omit_arrays)
        if site.want is Want.LOOK:
            return flat
        fresh = {key: detach(item) for key, item in flat.items()}
        return without_missing(fresh) if site.want is Want.KEEP else fresh

    return run


def _build_json(options: dict[str, Any], site: Site) -> Run:
    if options["mode"].lower() == "decode":
        read = site.inner(options["value"], site.want, "value")
        return lambda data: decode(read(data))
    look = site.inner(options["value"], Want.LOOK, "value")

    def run(data: Any) -> Any:
        value = look(data)
        return MISSING if value is MISSING else encode(value)

    return run


def _build_merge(options: dict[str, Any], site: Site) -> Run:
    want = Want.LOOK if site.want is Want.LOOK else Want.MERGE
    reads = [
        site.inner(node, want, "objects", index) for index, node in enumerate(options["objects"])
    ]
    if options["direction"].lower() == "left":
        reads.reverse()

    def run(data: Any) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for read in reads:
            merged.update(spread(read(data)))
        return without_missing(merged) if site.want is Want.KEEP else merged

    return run


def _build_transform(options: dict[str, Any], site: Site) -> Run:
    apply = site.inner(options["apply"], Want.LOOK, "apply")
    mapping = site.inner(options["mapping"], site.want, "mapping")

    def run(data: Any) -> Any:
        if data is MISSING:
            data = {}
        elif not is_object(data):
            message = f"works on an object; here it gets {type_name(data)}"
            raise site.error(message)
        return mapping(apply(data))

    return run


SPECS: Final = {
    "@flatten": Spec(
        rules.options({"separator": rules.string(1), "value": rules.anything}, {}),
        _build_flatten,
    ),
    "@json": Spec(
        rules.options(
            {"mode": rules.one_of("encode", "decode", any_case=True), "value": rules.something}, {}
        ),
        _build_json,
    ),
    "@merge": Spec(
        rules.options(
            {
                "direction": rules.one_of("left", "right", any_case=True),
                "objects": rules.list_of(rules.object_or_directive),
            },
            {},
        ),
        _build_merge,
    ),
    "@transform": Spec(
        rules.options(
            {"apply": rules.object_or_directive, "mapping": rules.object_or_directive}, {}
        ),
        _build_transform,
    ),
}
