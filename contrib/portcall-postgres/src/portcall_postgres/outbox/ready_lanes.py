"""Which lanes have events that are due, and when the next event will be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from portcall.outbox.authors import Lane, ReadyLane
from portcall_postgres.outbox.transaction import Transaction

LANE: Final = """SELECT l.id, c.name, l.action, p.plan, l.pipeline, c.failures, c.id AS connection_id,
    EXISTS (SELECT 1 FROM @suspects WHERE lane_id = l.id) AS has_suspects
    FROM @lanes l JOIN @connections c ON c.id = l.connection_id JOIN @plans p ON p.id = l.plan_id
    WHERE c.parked IS NULL AND c.opens_us <= %s"""
NOT_PROBED: Final = """(c.failures = 0
    OR NOT EXISTS (SELECT 1 FROM @claims k WHERE k.connection_id = c.id))"""
FRESH: Final = "AND NOT EXISTS (SELECT 1 FROM @suspects s WHERE s.id = @events.id)"
_FIRST_DUE: Final = """(SELECT due_us FROM @events
    WHERE lane_id = l.id AND state = 0 ORDER BY due_us LIMIT 1)"""
_FIRST_FRESH: Final = _FIRST_DUE.replace("ORDER", f"{FRESH} ORDER")
_READY: Final = f"""WITH open AS ({LANE} AND {NOT_PROBED}
        AND (%s::text[] IS NULL OR c.name = ANY(%s)))
    SELECT * FROM (
        SELECT l.*, {_FIRST_FRESH} AS due_us, 0 AS lost FROM open l
        UNION ALL SELECT l.*, s.due_us, s.lost FROM open l JOIN (
            SELECT s.lane_id, s.lost, min(e.due_us) AS due_us FROM @suspects s
            JOIN @events e ON e.id = s.id WHERE e.state = 0 GROUP BY 1, 2) s ON s.lane_id = l.id
    ) found WHERE due_us <= %s ORDER BY due_us"""
_NEXT_DUE: Final = f"""SELECT min(greatest({_FIRST_DUE}, c.opens_us))
    FROM @lanes l JOIN @connections c ON c.id = l.connection_id
    WHERE c.parked IS NULL AND EXISTS (SELECT 1 FROM @events WHERE lane_id = l.id AND state = 0)
    AND (%s::text[] IS NULL OR c.name = ANY(%s))"""


def ready(transaction: Transaction, connections: Collection[str] | None) -> Sequence[ReadyLane]:
    """Return the lanes with events that are due, those that have waited longest first."""
    names = None if connections is None else list(connections)
    rows = transaction.rows(_READY, transaction.now_us, names, names, transaction.now_us)
    return [ReadyLane(row[0], lane_of(row), row[8], row[5], row[9]) for row in rows]


def next_due_us(transaction: Transaction, connections: Collection[str] | None) -> int | None:
    """Return the first instant at which an event may be claimed; None if there is no such event."""
    names = None if connections is None else list(connections)
    row = transaction.row(_NEXT_DUE, names, names)
    return None if row is None or row[0] is None else int(row[0])


def lane_of(row: Sequence[Any]) -> Lane:
    """Return the lane in a row that `LANE` selects."""
    return Lane(connection=row[1], action=row[2], plan=row[3], pipeline=row[4])
