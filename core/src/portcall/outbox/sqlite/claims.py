"""Claims: due events of one lane, made one worker's own.

A query about many events is one statement that returns one row: Python releases the interpreter's lock at
every row, and another thread that computes would keep it for milliseconds each time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from portcall.outbox.records import Claim
from portcall.outbox.sqlite.ready_lanes import FRESH, LANE, OPEN, PROBED, lane_of, unclaimed
from portcall.outbox.sqlite.transaction import Transaction

_LOST: Final = "AND id IN (SELECT id FROM suspects WHERE lane_id = ? AND lost = ?)"
_FIRST: Final = """SELECT id, attempts, put_us, due_us, size FROM events
    WHERE lane_id = ? AND state = 0 AND due_us <= ? {} ORDER BY due_us, id LIMIT ?"""
_DUE: Final = """SELECT group_concat(id), group_concat(attempts), group_concat(put_us), sum(size)
    FROM ({})"""
_FITTING: Final = """SELECT count(*) FROM
    (SELECT sum(size) OVER (ORDER BY due_us, id ROWS UNBOUNDED PRECEDING) AS whole FROM ({}))
    WHERE whole <= ?"""
_BODIES: Final = """SELECT '[' || group_concat(b.data, ',' || char(10)) || ']'
    FROM (SELECT value FROM json_each(?)) i CROSS JOIN bodies b ON b.id = i.value"""


def claim(
    transaction: Transaction,
    lane_id: int,
    *,
    most: int,
    most_bytes: int,
    until_us: int,
    lost: int,
) -> Claim | None:
    """Claim the first due events of a lane; None if there are none, or its connection is held back.

    Args:
        transaction: One that has begun.
        lane_id: Of the lane.
        most: Events at most.
        most_bytes: Their bytes at most; one event is claimed in any case.
        until_us: When the lease ends.
        lost: Claim only events that were in so many lost claims.
    """
    db, now_us = transaction.db, transaction.now_us
    row = db.execute(
        f"{LANE} WHERE l.id = ? AND {OPEN} AND c.opens_us <= ? AND (c.failures = 0 OR NOT {PROBED})",
        (lane_id, now_us),
    ).fetchone()
    if row is None:
        return None
    others, given = unclaimed(db, lane_id) if row[6] else ("", ())
    if lost:
        others, given = f"{others} {_LOST}", (*given, lane_id, lost)
    elif row[7]:
        others = f"{others} {FRESH}"
    found = _due(db, _FIRST.format(others), (lane_id, now_us, *given), most, most_bytes)
    if found is None:
        return None
    ids, attempts, put_us = found
    (data,) = db.execute(_BODIES, (f"[{ids}]",)).fetchone()
    claim_id = transaction.next_id
    transaction.next_id += 1
    db.execute(
        "INSERT INTO claims (id, lane_id, until_us, ids) VALUES (?, ?, ?, ?)",
        (claim_id, lane_id, until_us, f"[{ids}]"),
    )
    return Claim(claim_id, lane_of(row), _numbers(ids), _numbers(attempts), _numbers(put_us), data)


def _due(
    db: sqlite3.Connection, first: str, given: tuple[object, ...], most: int, most_bytes: int
) -> tuple[str, str, str] | None:
    """Return ids, attempts and put times of the first events that may be claimed; None if there are none.

    Args:
        db: In a transaction.
        first: The statement that selects the events.
        given: Its arguments without the last one, which is how many events it selects.
        most: Events at most.
        most_bytes: Their bytes at most; one event is selected in any case.
    """
    due = _DUE.format(first)
    *found, size = db.execute(due, (*given, most)).fetchone()
    if found[0] is None:
        return None
    if size > most_bytes:
        (fitting,) = db.execute(_FITTING.format(first), (*given, most, most_bytes)).fetchone()
        *found, size = db.execute(due, (*given, max(fitting, 1))).fetchone()
    return found[0], found[1], found[2]


def _numbers(text: str) -> Sequence[int]:
    numbers: list[int] = json.loads(f"[{text}]")  # in half the time that int() takes for each
    return numbers
