"""Subscriptions in Segment's formats: of its Public API, and of the code of its destinations."""

from __future__ import annotations

from typing import Any, Final

from portcall.runs.pipelines.faults import Faults, shown

PUBLIC_API: Final = {"action": "actionSlug", "subscribe": "trigger", "mapping": "settings"}
"""``GET /destinations/{id}/subscriptions`` of the Public API."""

CODE: Final = {"action": "partnerAction"}
"""``Subscription`` of action-destinations."""

OWN_FIELDS: Final = frozenset({"enable_batching", "batch_size", "batch_bytes", "batch_keys"})
"""Entries of a mapping that Segment reads itself; an action here declares how it takes batches."""

_WRAPPERS: Final = ("data", "subscriptions", "subscription")
_MOST_WRAPPERS: Final = 4


def spelling_of(table: dict[str, Any]) -> dict[str, str] | None:
    """Return Segment's names of a subscription's entries; None for a subscription in portcall's format."""
    if PUBLIC_API["action"] in table:
        return PUBLIC_API
    return CODE if CODE["action"] in table else None


def is_export(held: object) -> bool:
    """Return whether a file holds an export from Segment rather than a pipeline."""
    if isinstance(held, dict):
        return "data" in held or spelling_of(held) is not None or "subscription" in held
    return isinstance(held, list)


def unwrap(held: Any, place: str, faults: Faults) -> list[tuple[str, Any]]:
    """Return each subscription of a JSON file with its place.

    Args:
        held: A list of subscriptions, one subscription, or an answer of the Public API that has either.
        place: The file.
        faults: Notes an answer that is only the first of several.
    """
    for _ in range(_MOST_WRAPPERS):
        inside = next((name for name in _WRAPPERS if isinstance(held, dict) and name in held), None)
        if inside is None:
            break
        if isinstance(held.get("pagination"), dict) and held["pagination"].get("next"):
            faults.add(
                place, "it holds one page of several (pagination.next): put all into one list"
            )
        held, place = (
            held[inside],
            f"{place}: {inside}" if ": " not in place else f"{place}.{inside}",
        )
    if isinstance(held, dict):
        return [(place, held)]
    if not isinstance(held, list):
        faults.add(place, f"it must hold a list of subscriptions; it is {shown(held)}")
        return []
    return [(f"{place}[{index}]", each) for index, each in enumerate(held)]
