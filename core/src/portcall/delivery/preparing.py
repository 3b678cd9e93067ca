"""From an event to what can be sent, or to the outcome that says why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf
from typing import Any, Final, TypeAlias

from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.plan import Plan
from portcall.model.opaque import EMPTY

_OF_EVENT: Final = frozenset({"event", "events", "membership", "idempotency_key"})
"""A function that asks for one of these looks at the events, too."""


Prepare: TypeAlias = Callable[[int, Any], Batch | Outcome]
"""Makes a batch of one event and its place, or the outcome that says why not."""


def keeps_events(plan: Plan) -> bool:
    """Return whether the function that is called looks at the events, too."""
    return not _OF_EVENT.isdisjoint(plan.callee.names)


def preparer(plan: Plan, refuse: Callable[[int, Exception], Outcome]) -> Prepare:
    """Make the function that prepares events.

    Args:
        plan: What is to be delivered.
        refuse: Called with what was raised for an event, and its place: returns its outcome, or raises.
    """
    matches, read, pack = plan.matches, plan.read, plan.pack
    most = inf if plan.batching is None else plan.batching.most_item_bytes
    keeps = keeps_events(plan)

    def prepare(index: int, event: Any) -> Batch | Outcome:
        try:
            if matches is not None and not matches(event):
                return _unwanted(index, event)
            if event.__class__ is not dict and not isinstance(event, Mapping):
                return _unwanted(index, event)
            payload, data = (read(event), b"") if pack is None else pack(event)
            if len(data) > most:
                reason = f"it has {len(data)} bytes; at most {most} are taken"
                return Outcome("rejected", index, reason)
            return Batch(index, event if keeps else EMPTY, payload, data)
        except Exception as exc:  # noqa: BLE001  # one bad event never stops the others
            return refuse(index, exc)

    return prepare


def _unwanted(index: int, event: object) -> Outcome:
    if isinstance(event, Mapping):
        return Outcome("skipped", index)
    return Outcome(
        "rejected", index, f"an event must be a JSON object; this is a {type(event).__name__}"
    )
