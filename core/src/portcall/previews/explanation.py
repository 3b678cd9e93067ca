"""Everything that becomes of one event, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portcall.actions.batching import Batching
from portcall.actions.membership import membership_of
from portcall.connection import Connection
from portcall.previews.explained_fields import (
    Mapped,
    explain_fields,
    other_problems,
    secrets_of,
    shown_text,
    shown_value,
)
from portcall.previews.known_secrets import KnownSecrets
from portcall.previews.matching import matched, unmet
from portcall.previews.shown_requests import shown_requests
from portcall.previews.stage import Call, rehearse
from portcall.runs.pipelines.planning import PlannedSubscription


def explain(
    connection: Connection,
    planned: Sequence[PlannedSubscription],
    event: Mapping[str, Any],
    known: KnownSecrets,
) -> dict[str, Any]:
    """Explain what would become of one event, and send nothing.

    Args:
        connection: Composes and signs.
        planned: The subscriptions.
        event: A JSON object.
        known: Hears of every secret on the way, and keeps it out.

    Returns:
        JSON without secrets: ``event`` and ``subscriptions``. Each of these has ``name``, ``action``,
        ``subscribe`` and ``matched``. Where it did not match, ``unmet`` lists the parts of the filter
        that are false. Where it did, there are ``fields``, ``problems`` that are no field's, ``outcome``
        (``delivered`` if it would be sent), ``reason``, ``requests``, and ``batch`` if the action takes
        batches.
    """
    known.remember(connection.settings, connection.auth)
    pairs = [
        (each, Mapped.of(each, event) if matched(each.subscribe, event) else None)
        for each in planned
    ]
    # All of them before the first text is shown: what one hides, another may show.
    known.remember(*(secrets_of(each, mapped) for each, mapped in pairs if mapped is not None))
    subscriptions = []
    for each, mapped in pairs:
        if mapped is None:
            more = {"unmet": shown_value(unmet(each.subscribe, event), known)}
        else:
            more = _wanted(connection, each, event, mapped, known)
        subscriptions.append({**_about(each, matched=mapped is not None), **more})
    return {"event": shown_value(event, known), "subscriptions": subscriptions}


def _about(planned: PlannedSubscription, *, matched: bool) -> dict[str, Any]:
    return {
        "name": planned.name,
        "action": planned.action.name,
        "subscribe": planned.subscribe,
        "matched": matched,
    }


def _wanted(
    connection: Connection,
    planned: PlannedSubscription,
    event: Mapping[str, Any],
    mapped: Mapped,
    known: KnownSecrets,
) -> dict[str, Any]:
    calls: list[Call] = []
    [outcome] = rehearse(connection, planned, [event], calls.append)
    batching = planned.action.batching
    return {
        "fields": explain_fields(planned, mapped, known),
        "problems": other_problems(planned, mapped, known),
        "outcome": outcome.kind,
        "reason": shown_text(outcome.reason, known),
        **({} if batching is None else {"batch": _batch(batching, mapped.payload, event, known)}),
        "requests": [each for call in calls for each in shown_requests(call, known)],
    }


def _batch(
    batching: Batching, payload: Any, event: Mapping[str, Any], known: KnownSecrets
) -> dict[str, Any]:
    """Describe the batch it would be put in: how large, and what its items agree in."""
    keys = {key: shown_value(getattr(payload, key, None), known) for key in batching.keys}
    if batching.by_membership:
        keys["membership"] = membership_of(event)
    limits = {"size_bytes": batching.size_bytes, "item_bytes": batching.item_bytes}
    bounds = {name: limit for name, limit in limits.items() if limit is not None}
    return {"size": batching.size, **bounds, "keys": keys}
