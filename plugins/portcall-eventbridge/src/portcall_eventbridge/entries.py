"""What an event becomes on the bus: one entry of PutEvents.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import attrs

from portcall import encode_json, field, path

SOURCE = "portcall"


@attrs.frozen
class Event:
    """One entry."""

    detail_type: str = field(
        label="Detail type", description="What rules match on.", default=path("$.event")
    )
    source: str = field(label="Source", description="Who it comes from; not aws.*.", default=SOURCE)
    detail: dict[str, Any] = field(
        label="Detail", description="The event's content, as JSON.", default=path("$")
    )
    time: datetime | None = field(
        label="Time",
        description="When it happened; without it, when it arrives.",
        default=path("$.timestamp"),
    )
    resources: list[str] | None = field(
        label="Resources", description="ARNs that the event is about.", default=None
    )


@attrs.frozen
class Batch:
    """Several entries."""

    events: list[dict[str, Any]] = field(
        label="Events",
        description="Each is an entry's detail; its `event`, or else its `type`, the detail type.",
        default=path("$.batch"),
    )
    source: str = field(
        label="Source", description="Who they come from; not aws.*.", default=SOURCE
    )


def entry_of(event: Event, bus: str) -> dict[str, Any]:
    """Write one entry under the API's names, without what is not known."""
    entry = {
        "EventBusName": bus,
        "Source": event.source,
        "DetailType": event.detail_type,
        "Detail": encode_json(event.detail).decode(),
        "Time": event.time.timestamp() if event.time else None,
        "Resources": event.resources,
    }
    return {name: value for name, value in entry.items() if value is not None}


def entry_of_event(event: dict[str, Any], source: str, bus: str) -> dict[str, Any]:
    """Write one event of a batch; a time that cannot be read is left to EventBridge."""
    kind = event.get("event") or event.get("type") or "event"
    return entry_of(
        Event(
            detail_type=f"{kind}", source=source, detail=event, time=_time(event.get("timestamp"))
        ),
        bus,
    )


def _time(given: object) -> datetime | None:
    if not isinstance(given, str):
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
