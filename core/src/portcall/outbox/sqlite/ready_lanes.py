"""Which lanes have events that are due, and when the next event will be.

Events that a claim holds keep the state that they had: the queries leave them out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from portcall.outbox.records import Lane, ReadyLane
from portcall.outbox.sqlite.id_terms import among

CLAIMED: Final = "(SELECT i.value FROM claims k, json_each(k.ids) i)"
OPEN: Final = "c.parked IS NULL"
PROBED: Final = """EXISTS (SELECT 1 FROM claims k JOIN lanes o ON o.id = k.lane_id
    WHERE o.connection_id = c.id)"""
FRESH: Final = "AND id NOT IN (SELECT id FROM suspects)"
_CLAIMED_LANE: Final = "EXISTS (SELECT 1 FROM claims WHERE lane_id = l.id)"
LANE: Final = f"""SELECT l.id, c.name, l.action, p.plan, l.pipeline, c.failures,
    {_CLAIMED_LANE} AS is_claimed,
    EXISTS (SELECT 1 FROM suspects WHERE lane_id = l.id) AS has_suspects
    FROM lanes l JOIN connections c ON c.id = l.connection_id JOIN plans p ON p.id = l.plan_id"""
FIRST_DUE: Final = f"""(SELECT due_us FROM events WHERE lane_id = l.id AND state = 0
    AND id NOT IN {CLAIMED} ORDER BY due_us LIMIT 1)"""
_FREE_DUE: Final = (
    "(SELECT due_us FROM events WHERE lane_id = l.id AND state = 0 ORDER BY due_us LIMIT 1)"
)
_SUSPECTS: Final = f"""(SELECT s.lane_id AS of_lane, s.lost, min(e.due_us) AS due
    FROM suspects s JOIN events e ON e.id = s.id AND e.lane_id = s.lane_id
    WHERE e.state = 0 AND e.id NOT IN {CLAIMED} GROUP BY 1, 2)"""
_NAMED: Final = "AND c.name IN (SELECT value FROM json_each(?))"
_FEW: Final = 8


def ready(
    db: sqlite3.Connection, now_us: int, connections: Collection[str] | None
) -> Sequence[ReadyLane]:
    """Return the lanes with events that are due, those that have waited longest first."""
    named, given = ("", []) if connections is None else (_NAMED, [json.dumps(list(connections))])
    lanes = (
        f"({LANE} WHERE {OPEN} AND c.opens_us <= ? AND (c.failures = 0 OR NOT {PROBED}) {named})"
    )
    first = f"SELECT *, {_FREE_DUE} AS due FROM {lanes} l WHERE due <= ?"
    rows = db.execute(first, (now_us, *given, now_us)).fetchall()
    found = [ReadyLane(row[0], lane_of(row), due, row[5]) for row, due in _fresh(db, rows, now_us)]
    if any(row[7] for row in rows) or _has_suspects(db):
        lost = f"SELECT l.*, s.due, s.lost FROM {_SUSPECTS} s JOIN {lanes} l ON l.id = s.of_lane"
        rows = db.execute(f"{lost} WHERE s.due <= ?", (now_us, *given, now_us)).fetchall()
        found += [ReadyLane(row[0], lane_of(row), row[8], row[5], row[9]) for row in rows]
    return sorted(found, key=lambda each: each.due_us)


def next_due_us(db: sqlite3.Connection, connections: Collection[str] | None) -> int | None:
    """Return the first instant at which an event may be claimed; None if there is no such event."""
    named, given = ("", []) if connections is None else (_NAMED, [json.dumps(list(connections))])
    of_lanes = "FROM lanes l JOIN connections c ON c.id = l.connection_id"
    (found,) = db.execute(
        f"SELECT min(max({_FREE_DUE}, c.opens_us)) {of_lanes} "
        f"WHERE {OPEN} AND NOT {_CLAIMED_LANE} {named}",
        given,
    ).fetchone()
    dues = [] if found is None else [int(found)]
    for lane_id, opens_us in db.execute(
        f"SELECT l.id, c.opens_us {of_lanes} WHERE {OPEN} AND {_CLAIMED_LANE} {named}", given
    ).fetchall():
        due_us = _unclaimed_due_us(db, lane_id)
        if due_us is not None:
            dues.append(max(due_us, opens_us))
    return min(dues, default=None)


def unclaimed(db: sqlite3.Connection, lane_id: int) -> tuple[str, tuple[object, ...]]:
    """Return the SQL term that leaves out events in claims of a lane, and its arguments.

    Where the lane has few claims, the term names ranges of ids, which SQLite compares faster than it reads
    the ids of every claim.
    """
    claims = db.execute(
        "SELECT ids FROM claims WHERE lane_id = ? LIMIT ?", (lane_id, _FEW + 1)
    ).fetchall()
    if len(claims) > _FEW:
        return f"AND id NOT IN {CLAIMED}", ()
    terms = [among(json.loads(ids)) for (ids,) in claims]
    others = "".join(f" AND NOT ({term})" for term, _ in terms)
    return others, tuple(value for _, given in terms for value in given)


def lane_of(row: Sequence[Any]) -> Lane:
    """Return the lane in a row that `LANE` selects."""
    _, connection, action, plan, pipeline, *_ = row
    return Lane(connection=connection, action=action, plan=plan, pipeline=pipeline)


def _fresh(
    db: sqlite3.Connection, rows: Sequence[Sequence[Any]], now_us: int
) -> Iterator[tuple[Sequence[Any], int]]:
    """Yield each lane that has a due event outside of all claims, lost ones included, and when it was due."""
    for row in rows:
        due_us = row[8]
        if row[6] or row[7]:
            due_us = _unclaimed_due_us(db, row[0], FRESH if row[7] else "")
        if due_us is not None and due_us <= now_us:
            yield row, due_us


def _has_suspects(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM suspects LIMIT 1").fetchone() is not None


def _unclaimed_due_us(db: sqlite3.Connection, lane_id: int, also: str = "") -> int | None:
    """Return when the first event of a lane that is in no claim is due; None if all are in claims.

    Args:
        db: In a transaction.
        lane_id: Of the lane.
        also: A further SQL term that the event must meet.
    """
    others, ids = unclaimed(db, lane_id)
    row = db.execute(
        f"SELECT due_us FROM events WHERE lane_id = ? AND state = 0 {others} {also} "
        "ORDER BY due_us LIMIT 1",
        (lane_id, *ids),
    ).fetchone()
    return None if row is None else int(row[0])
