"""Whether a filter wants an event, and which part of it does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portcall.actions.fql import And, Condition, Not, Or, Subscription, compile_condition, unparse
from portcall.actions.fql.access import getter


def matched(subscribe: str, event: Mapping[str, Any]) -> bool:
    """Return whether a filter wants an event.

    Args:
        subscribe: Valid FQL; empty for every event.
        event: A JSON object.
    """
    return not subscribe or Subscription.parse(subscribe).matches(event)


def unmet(subscribe: str, event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each part of a filter that is false for an event, where ``and`` joins them.

    Returns:
        ``condition`` in FQL, and ``found``: what the event has at that place, if it asks about one.
    """
    condition = Subscription.parse(subscribe).condition
    return [
        {"condition": unparse(part), **_found(part, event)}
        for part in _parts(condition)
        if not compile_condition(part)(event)
    ]


def _parts(condition: Condition) -> Iterator[Condition]:
    """Yield what ``and`` joins, in the order of the filter; a list, as it may be 1,000 levels deep."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        if isinstance(part, And):
            waiting.extend(reversed(part.conditions))
        else:
            yield part


def _found(part: Condition, event: Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(part, And | Or | Not):
        return {}
    return {"found": getter(part.path)(event)}
