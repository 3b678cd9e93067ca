"""The state of an outbox, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from portcall.cli.connections.health import moment
from portcall.cli.terminal.tables import table
from portcall.model.rfc3339 import rfc3339

if TYPE_CHECKING:
    from portcall.cli.state import State
    from portcall.outbox import ConnectionStatus, OutboxStatus

HEADS: Final = (
    "connection", "waiting", "under way", "rejected", "uncertain", "dead", "delivered", "oldest due", "state"
)  # fmt: skip


def status_json(found: OutboxStatus) -> dict[str, Any]:
    """Return the state of an outbox as JSON values."""
    return {
        "place": found.place,
        "schema_version": found.schema_version,
        "counts": dict(found.counts),
        "held_events": found.held_events,
        "held_bytes": found.held_bytes,
        "most_events": found.bounds.events,
        "most_bytes": found.bounds.size_bytes,
        "oldest_due_at": _written(found.oldest_due_at),
        "connections": [_connection_json(each) for each in found.connections],
    }


def _connection_json(each: ConnectionStatus) -> dict[str, Any]:
    return {
        "name": each.name,
        "counts": dict(each.counts),
        "oldest_due_at": _written(each.oldest_due_at),
        "parked": each.parked or None,
        "parked_at": _written(each.parked_at),
        "wants_authorization": each.wants_authorization,
        "trouble": each.trouble or None,
        "retry_at": _written(each.retry_at),
    }


def status_lines(found: OutboxStatus, state: State) -> Iterator[str]:
    """Return the lines for people."""
    if found.connections:
        yield from table([_row(each) for each in found.connections], HEADS)
        for each in found.connections:
            if reason := each.parked or each.trouble:
                yield f"\n{each.name}: {state.line(reason)}"
        yield ""
    yield state.line(
        f"{found.place}: {found.held_events:,} of {found.bounds.events:,} events, "
        f"{found.held_bytes:,} of {found.bounds.size_bytes:,} bytes."
    )


def _row(each: ConnectionStatus) -> tuple[str, ...]:
    counts = each.counts
    numbers = [
        f"{counts[name]:,}"
        for name in ("waiting", "under_way", "rejected", "uncertain", "dead", "delivered")
    ]
    due = moment(each.oldest_due_at) if each.oldest_due_at else "-"
    return each.name, *numbers, due, _state(each)


def _state(each: ConnectionStatus) -> str:
    if each.wants_authorization:
        return "wants authorization"
    if each.parked:
        return "parked"
    if each.retry_at is not None:
        return f"asked again {moment(each.retry_at)}"
    return "ok"


def _written(instant: datetime | None) -> str | None:
    return None if instant is None else rfc3339(instant)
