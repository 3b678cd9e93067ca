"""Whether an event puts its user into an audience or takes them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def membership_of(event: Mapping[str, Any]) -> bool | None:
    """Read it as Segment's Engage writes it.

    The name of the audience lies at ``context.personas.computation_key``; under that name,
    ``properties`` or ``traits`` hold true for a person who entered and false for a person who left.

    Returns:
        True to add, False to remove, None for an event that is about no audience.
    """
    key = _inside(_inside(event.get("context"), "personas"), "computation_key")
    if not isinstance(key, str):
        return None
    found = (_inside(event.get(part), key) for part in ("properties", "traits"))
    return next((value for value in found if isinstance(value, bool)), None)


def _inside(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
