"""One event delivered now, with an error where a delivery would give another outcome."""

from __future__ import annotations

from threading import Event
from typing import Any, NoReturn

from portcall.actions.outcomes import Outcome
from portcall.delivery.batch import Batch
from portcall.delivery.channel import Channel
from portcall.delivery.dispatcher import Dispatch, Dispatcher
from portcall.delivery.plan import Plan
from portcall.delivery.preparing import preparer
from portcall.errors import NotDeliveredError


def perform(plan: Plan, channel: Channel, event: Any) -> object:
    """Deliver one event.

    Args:
        plan: What to do with it; without batching.
        channel: The connection.
        event: A JSON object.

    Returns:
        What the action returned.

    Raises:
        SettingsError, MappingError: No payload can be made of the event.
        NotDeliveredError: The event is not a JSON object, the subscription does not want it, or the action
            says that it was not delivered.
        Exception: Whatever the action raised.
    """
    prepared = preparer(plan, _refuse)(0, event)
    if not isinstance(prepared, Outcome):
        return _send(Dispatch(Dispatcher(plan, channel, Event())), prepared)
    reason = prepared.reason or (
        f"the subscription does not select this event: action {plan.action.name!r} has a filter of its own, "
        "and subscribe= takes another; an empty one takes every event"
    )
    raise NotDeliveredError(reason, prepared.kind)


def _send(dispatch: Dispatch, batch: Batch) -> object:
    dispatch.send(batch)
    outcomes = dispatch.outcomes()
    if not outcomes and dispatch.raised is not None:
        raise dispatch.raised  # refused with fresh credentials
    [outcome] = outcomes
    if outcome.kind == "delivered":
        return dispatch.returned
    raise dispatch.raised or NotDeliveredError(
        outcome.reason, outcome.kind, outcome.field, outcome.at
    )


def _refuse(_: int, exc: Exception) -> NoReturn:
    raise exc
