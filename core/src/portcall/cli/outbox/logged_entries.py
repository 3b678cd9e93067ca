"""What an outbox remembers of its events, as the ledger of runs has it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Final

from portcall.runs.ledger.log import Logged

if TYPE_CHECKING:
    from portcall.outbox import Entry, Outbox, State

UNIT: Final = "event"
WAITING: Final = "waiting"
BEGUN: Final = "begun"
DEAD: Final = "dead"

_STATES: Final[dict[str, State]] = {
    WAITING: "waiting",
    BEGUN: "under_way",
    "delivered": "delivered",
    "skipped": "skipped",
    "rejected": "rejected",
    "uncertain": "uncertain",
    DEAD: "dead",
}


def logged_entries(
    outbox: Outbox,
    *,
    key: str | None = None,
    since: datetime | None = None,
    outcome: str | None = None,
    connection: str | None = None,
    most: int = 100,
) -> Iterator[Logged]:
    """Return what an outbox remembers, the latest events first.

    Args:
        outbox: Open.
        key: The ``messageId`` of one event.
        since: An aware instant.
        outcome: As `Logged` has it, or ``waiting`` or ``dead``.
        connection: The name of one connection.
        most: The most entries to return.

    Raises:
        OutboxError: It cannot be read.
    """
    entries = outbox.entries(
        message_id=key,
        since=since,
        state=_STATES.get(outcome) if outcome else None,
        outcome=None if outcome in _STATES else outcome,
        connection=connection,
        limit=most,
    )
    place = outbox.storage.place
    for entry in entries:
        yield _logged(entry, place)


def _logged(entry: Entry, place: str) -> Logged:
    return Logged(
        at=entry.ended_at or entry.put_at,
        outcome=_outcome(entry),
        reason=entry.reason,
        connection=entry.connection,
        subscription=entry.pipeline or entry.action,
        input=place,
        unit=UNIT,
        number=entry.id,
        run="",
    )


def _outcome(entry: Entry) -> str:
    if entry.state == "waiting":
        return entry.outcome or WAITING
    return BEGUN if entry.state == "under_way" else entry.state
