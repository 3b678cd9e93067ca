"""Events for one action, as programs hand them over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import attrs

OrderingKey: TypeAlias = str | Callable[[Mapping[str, Any]], str | None] | None


@attrs.frozen(kw_only=True)
class Put:
    """Events for one action of one connection, to be kept together with others by `Outbox.put_several`.

    Args:
        connection: The name of a stored connection.
        action: The name of one of its destination's actions.
        events: JSON objects; dates become texts (ISO 8601).
        mapping: As in `Connection.deliver`.
        subscribe: As in `Connection.deliver`.
        preset: As in `Connection.deliver`.
        sync_mode: As in `Connection.deliver`.
        saved: As in `Connection.deliver`.
        pipeline: The name of the pipeline that the events came through, for people.
        ordering_key: As in `Outbox.put`.
        due_at: As in `Outbox.put`.
    """

    connection: str
    action: str
    events: Iterable[Mapping[str, Any]]
    mapping: object = None
    subscribe: str | None = None
    preset: str | None = None
    sync_mode: str | None = None
    saved: Any = None
    pipeline: str = ""
    ordering_key: OrderingKey = None
    due_at: datetime | None = None
