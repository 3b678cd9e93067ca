"""What HubSpot says about several records at once.

https://developers.hubspot.com/docs/api-reference/latest/crm/using-object-apis
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from portcall import Choices, Outcome, Outcomes, Response


def read_upserted(answer: Response, emails: Sequence[str]) -> Outcomes:
    """Read a 207: which contacts were taken, and why others were not.

    A record is known by the trace ID that was sent with it, its place, or else by its address.

    Args:
        answer: Has ``results`` and ``errors``.
        emails: The addresses, in the order in which they were sent.
    """
    said = answer.json()
    found: dict[int, Outcome] = {}
    for record in _objects(said, "results"):
        named = [record.get("objectWriteTraceId"), _email(record)]
        found.update(dict.fromkeys(_places(named, emails), Outcome.delivered()))
    for error in _objects(said, "errors"):
        context = error.get("context")
        context = context if isinstance(context, dict) else {}
        named = [*_listed(context, "objectWriteTraceId"), *_listed(context, "ids")]
        refused = Outcome.rejected(f"{error.get('message') or 'HubSpot refused it'}")
        found.update(dict.fromkeys(_places(named, emails), refused))
    return Outcomes(found)


def read_definitions(answer: Response) -> Choices:
    """Read one page of the definitions of custom events."""
    said = answer.json()
    items = [
        (each["fullyQualifiedName"], _label(each))
        for each in _objects(said, "results")
        if isinstance(each.get("fullyQualifiedName"), str)
    ]
    paging = said.get("paging") if isinstance(said, dict) else None
    further = (paging or {}).get("next") or {}
    return Choices(items, further.get("after"))


def _label(definition: dict[str, Any]) -> str:
    labels = definition.get("labels")
    singular = labels.get("singular") if isinstance(labels, dict) else None
    return f"{singular or definition['fullyQualifiedName']}"


def _places(named: Sequence[object], emails: Sequence[str]) -> Iterator[int]:
    by_name = {email.casefold(): place for place, email in enumerate(emails)}
    by_name |= {str(place): place for place in range(len(emails))}
    for name in named:
        if isinstance(name, str) and name.casefold() in by_name:
            yield by_name[name.casefold()]


def _email(record: dict[str, Any]) -> object:
    properties = record.get("properties")
    return properties.get("email") if isinstance(properties, dict) else None


def _objects(said: object, name: str) -> list[dict[str, Any]]:
    found = said.get(name) if isinstance(said, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _listed(context: dict[str, Any], name: str) -> list[object]:
    found = context.get(name)
    return found if isinstance(found, list) else [found]
