"""What programs put into an outbox: checked, and written as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Final

from portcall.errors import OutboxEventError, SettingsError
from portcall.outbox.lane_plans import Opener, read_plan, write_plan
from portcall.outbox.put import OrderingKey, Put
from portcall.outbox.records import Lane, NewEvent
from portcall.outbox.storage import OutboxStorage
from portcall.secret import Secret

MOST_REMEMBERED: Final = 10_000
LONGEST_KEY: Final = 200


class Intake:
    """Checks once for each lane that its events can be delivered at all.

    Args:
        storage: Where the events are to be kept.
        host: Opens the connections; None to take events as they are.
    """

    def __init__(self, storage: OutboxStorage, host: Opener | None) -> None:
        self._storage: Final = storage
        self._host: Final = host
        self._known: set[Lane] = set()

    def lane_of(self, put: Put) -> Lane:
        """Return the lane of a put, with the action's own name, if its events can be delivered."""
        written = write_plan(
            {
                "mapping": put.mapping,
                "subscribe": put.subscribe,
                "preset": put.preset,
                "sync_mode": put.sync_mode,
                "saved": put.saved,
            }
        )
        return self._checked(
            Lane(connection=put.connection, action=put.action, plan=written, pipeline=put.pipeline)
        )

    def new_events(self, put: Put) -> list[NewEvent]:
        """Return the events of a put as they are kept.

        Raises:
            OutboxEventError: One is not a JSON object, or too large.
        """
        due_us = None if put.due_at is None else self._storage.clock.of_wall(put.due_at)
        most = self._storage.bounds.event_bytes
        return [
            new_event(n, event, put.ordering_key, due_us, most)
            for n, event in enumerate(put.events)
        ]

    def _checked(self, lane: Lane) -> Lane:
        if self._host is None or lane in self._known:
            return lane
        connection = self._host.open(lane.connection)
        plan = read_plan(connection, lane.action, lane.plan)
        if lane.action != plan.action.name:
            raise SettingsError(
                f"there is no action {lane.action!r}; did you mean {plan.action.name!r}?"
            )
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known.add(lane)
        return lane


def new_event(
    number: int, event: object, ordering_key: OrderingKey, due_us: int | None, most: int
) -> NewEvent:
    """Return one event as it is kept.

    Args:
        number: Its place among those that are put.
        event: A JSON object; dates become texts.
        ordering_key: As in `Outbox.put`.
        due_us: When it is due; None for now.
        most: The bytes that it may have.

    Raises:
        OutboxEventError: It is not a JSON object, or too large.
    """
    if not isinstance(event, Mapping):
        raise OutboxEventError(
            f"event {number} is a {type(event).__name__}: an event must be a JSON object"
        )
    try:
        data = _encode(event if isinstance(event, dict) else dict(event))
    except (TypeError, ValueError, RecursionError) as exc:
        reason = "it is nested too deeply" if isinstance(exc, RecursionError) else str(exc)
    else:
        if len(data) > most:
            raise OutboxEventError(
                f"event {number} has {len(data):,} bytes; at most {most:,} are kept"
            )
        message_id = event.get("messageId")
        key = ordering_key(event) if callable(ordering_key) else ordering_key
        return NewEvent(
            data=data,
            message_id=kept_id(message_id) if isinstance(message_id, str) and message_id else None,
            ordering_key=None if key is None else kept_id(key),
            due_us=due_us,
        )
    raise OutboxEventError(f"event {number} is not a JSON object: {reason}")


def kept_id(text: str) -> str:
    """Return what stands in the index: a long text by its hash."""
    if len(text) <= LONGEST_KEY and text.isprintable():
        return text
    return f"sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _to_text(value: object) -> str:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Secret):
        raise TypeError("it has a secret, which is not kept in an outbox")
    raise TypeError(f"it has a {type(value).__name__}, which JSON does not have")


_encode: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False, default=_to_text).encode
