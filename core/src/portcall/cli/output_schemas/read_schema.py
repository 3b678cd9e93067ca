"""From the files of this folder to schemas that stand on their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, Final

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
SHARED: Final = "definitions"
_SUFFIX: Final = ".json"
_PREFIX: Final = "#/$defs/"


def schema_names() -> list[str]:
    """Return the name of every schema: of the commands that print JSON, and ``error``."""
    names = (each.name for each in files(__package__).iterdir() if each.name.endswith(_SUFFIX))
    return sorted({name.removesuffix(_SUFFIX) for name in names} - {SHARED})


def read_schema(name: str) -> dict[str, Any]:
    """Return one schema with every definition that it needs.

    Args:
        name: One of `schema_names`.

    Returns:
        JSON Schema of the draft 2020-12; ``version`` counts the changes that are no additions.
    """
    schema, shared = _read(name), _read(SHARED)
    needed = {key: shared[key] for key in sorted(_needed(schema, shared))}
    identity = f"portcall:output/{name}/{schema['version']}"
    return {"$schema": DIALECT, "$id": identity, **schema, **({"$defs": needed} if needed else {})}


def _read(name: str) -> dict[str, Any]:
    text = files(__package__).joinpath(f"{name}{_SUFFIX}").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _needed(schema: Any, shared: dict[str, Any]) -> set[str]:
    """Return the definitions that a schema refers to, and those that these refer to."""
    found: set[str] = set()
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(shared[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(_PREFIX)
        for each in schema.values():
            yield from _references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from _references(each)
