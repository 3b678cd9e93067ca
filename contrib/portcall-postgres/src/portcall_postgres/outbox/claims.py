"""Claims: due events of one lane, made one worker's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from portcall.outbox.authors import SEPARATOR, Claim
from portcall_postgres.outbox.ready_lanes import FRESH, LANE, NOT_PROBED, lane_of
from portcall_postgres.outbox.tables import BEGUN, BEHIND, CLAIMED, WAITING
from portcall_postgres.outbox.transaction import Transaction

_ROUNDS: Final = 100
_MANY: Final = 1000
_LOST: Final = """AND EXISTS (SELECT 1 FROM @suspects s WHERE s.id = @events.id AND s.lost = %s)"""
_PROBE: Final = "SELECT 1 FROM @connections WHERE id = %s AND opens_us <= %s FOR UPDATE SKIP LOCKED"
_PROBED: Final = "SELECT 1 FROM @claims WHERE connection_id = %s LIMIT 1"
_DUE: Final = """SELECT id, size, order_digest FROM @events
    WHERE lane_id = %s AND state = 0 AND due_us <= %s {} ORDER BY due_us, id LIMIT %s
    FOR UPDATE SKIP LOCKED"""
_FIRST: Final = f"""SELECT given.digest, coalesce(
        (SELECT o.id FROM @events o WHERE o.order_digest = given.digest
            AND o.state IN ({CLAIMED}, {BEGUN}) LIMIT 1),
        (SELECT o.id FROM @events o WHERE o.order_digest = given.digest AND o.state < 4
            ORDER BY o.id LIMIT 1))
    FROM unnest(%s::bytea[]) AS given (digest)"""
_STILL_OPEN: Final = """SELECT id FROM @events WHERE id = ANY(%s) AND state < 4
    ORDER BY id FOR UPDATE SKIP LOCKED"""
_BEHIND: Final = f"UPDATE @events SET state = {BEHIND} WHERE id = ANY(%s) AND state = {WAITING}"
_CLAIM: Final = f"""WITH made AS (INSERT INTO @claims (lane_id, connection_id, until_us)
        VALUES (%s, %s, %s) RETURNING id)
    UPDATE @events e SET state = {CLAIMED}, claim_id = made.id FROM made, @bodies b
    WHERE e.id = ANY(%s) AND b.id = e.id
    RETURNING e.id, b.data, e.attempts, e.put_us, e.due_us, made.id"""


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
        transaction: In a transaction.
        lane_id: Of the lane.
        most: Events at most.
        most_bytes: Their bytes at most; one event is claimed in any case.
        until_us: When the lease ends.
        lost: Claim only events that were in so many lost claims.
    """
    row = transaction.row(f"{LANE} AND {NOT_PROBED} AND l.id = %s", transaction.now_us, lane_id)
    if row is None or (row[5] and not _may_probe(transaction, row[6])):
        return None
    which, given = ("", ()) if not row[7] else (FRESH, ()) if not lost else (_LOST, (lost,))
    if lost and not row[7]:
        return None
    due = _DUE.format(which), lane_id, transaction.now_us, *given
    ids = _picked(transaction, due, most, most_bytes)
    if not ids:
        return None
    rows = sorted(
        transaction.rows(_CLAIM, lane_id, row[6], until_us, ids),
        key=lambda each: (each[4], each[0]),
    )
    if not rows:
        return None
    claimed, datas, attempts, put_us = map(list, zip(*[each[:4] for each in rows], strict=True))
    return Claim(rows[0][5], lane_of(row), claimed, attempts, put_us, f"[{SEPARATOR.join(datas)}]")


def _may_probe(transaction: Transaction, connection_id: int) -> bool:
    """Return whether no other worker is asking a destination that has failed."""
    is_mine = transaction.row(_PROBE, connection_id, transaction.now_us) is not None
    return is_mine and transaction.row(_PROBED, connection_id) is None


def _picked(
    transaction: Transaction, due: tuple[str, *tuple[object, ...]], most: int, most_bytes: int
) -> list[int]:
    """Return the ids of due events, locked now, that are the first of their ordering keys.

    Args:
        transaction: In a transaction.
        due: The statement that selects and locks such events, with its arguments without the last one,
            which is how many events it selects.
        most: Events at most.
        most_bytes: Their bytes at most; one event is selected in any case.
    """
    for limit in (most, *[max(most, _MANY)] * _ROUNDS):
        rows = transaction.rows(*due, limit)
        free = rows
        if any(order is not None for _, _, order in rows):
            free = _without_blocked(transaction, rows)
        if free or not rows:
            return _within(free[:most], most_bytes)
    return []


def _without_blocked(
    transaction: Transaction, rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, ...]]:
    """Return the events that are the first of their ordering keys; mark the others as behind those.

    The event before is locked, so that it cannot end, and look for the next event, before the mark is
    written. Where it is just ending, the event keeps its state for the next claim.
    """
    orders = list({row[2] for row in rows if row[2] is not None})
    first = dict(transaction.rows(_FIRST, orders))
    locked = {row[0] for row in transaction.rows(_STILL_OPEN, sorted(first.values()))}
    blocked = [row for row in rows if row[2] is not None and first[row[2]] != row[0]]
    transaction.run(_BEHIND, [row[0] for row in blocked if first[row[2]] in locked])
    return [row for row in rows if row[2] is None or first[row[2]] == row[0]]


def _within(rows: Sequence[tuple[Any, ...]], most_bytes: int) -> list[int]:
    ids: list[int] = []
    total = 0
    for event_id, size, _ in rows:
        total += size
        if ids and total > most_bytes:
            break
        ids.append(event_id)
    return ids
