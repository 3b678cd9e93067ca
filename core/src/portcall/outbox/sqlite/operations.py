"""Changes from outside of a claim: events that an operator resends, corrects or drops, and the retention."""

from __future__ import annotations

import json
from collections.abc import Sequence

from portcall.outbox.clock import MINUTE_US
from portcall.outbox.sqlite.id_terms import IDS
from portcall.outbox.sqlite.outcomes import forget_exchanges, let_next
from portcall.outbox.sqlite.ready_lanes import CLAIMED
from portcall.outbox.sqlite.tables import BEHIND, DELIVERED, SKIPPED, WAITING
from portcall.outbox.sqlite.transaction import Transaction


def retry(transaction: Transaction, ids: Sequence[int]) -> int:
    """Make dead letters, and events that wait for another attempt, due now; return how many."""
    db = transaction.db
    known = db.execute(
        f"SELECT id, lane_id, state, ordering_key FROM events WHERE id IN {IDS} "
        f"AND (state = {WAITING} OR state > {SKIPPED}) AND id NOT IN {CLAIMED} ORDER BY id",
        (json.dumps(list(ids)),),
    ).fetchall()
    for event_id, lane_id, state, key in known:
        is_dead = state != WAITING
        db.execute(
            "UPDATE events SET state = ?, due_us = ?, ended_us = NULL, claim_id = NULL, "
            "attempts = CASE WHEN ? THEN 0 ELSE attempts END WHERE id = ?",
            (BEHIND if is_dead and key else WAITING, transaction.now_us, is_dead, event_id),
        )
        if is_dead:
            forget_exchanges(transaction, [event_id])
            db.execute("DELETE FROM suspects WHERE id = ?", (event_id,))
            transaction.count(lane_id, state, -1)
            transaction.count(lane_id, WAITING, 1)
            if key is not None:
                let_next(db, key)
    return len(known)


def drop(transaction: Transaction, ids: Sequence[int]) -> int:
    """Forget events that are not under way; return how many."""
    db = transaction.db
    known = db.execute(
        f"SELECT id, lane_id, state, ordering_key, size FROM events WHERE id IN {IDS} "
        f"AND id NOT IN {CLAIMED}",
        (json.dumps(list(ids)),),
    ).fetchall()
    gone = json.dumps([row[0] for row in known])
    forget_exchanges(transaction, [row[0] for row in known])
    for table in ("events", "bodies"):
        db.execute(f"DELETE FROM {table} WHERE id IN {IDS}", (gone,))
    for _, lane_id, state, key, size in known:
        transaction.count(lane_id, state, -1)
        if state not in {DELIVERED, SKIPPED}:
            transaction.hold(-1, -size)
        if key is not None and state <= BEHIND:
            let_next(db, key)
    return len(known)


def replace(transaction: Transaction, event_id: int, data: str) -> bool:
    """Replace the JSON of an event that is not under way; return whether that was possible."""
    db = transaction.db
    row = db.execute(
        "SELECT size FROM events WHERE id = ? "
        f"AND state NOT IN ({DELIVERED}, {SKIPPED}) AND id NOT IN {CLAIMED}",
        (event_id,),
    ).fetchone()
    if row is None:
        return False
    db.execute("UPDATE bodies SET data = ? WHERE id = ?", (data, event_id))
    db.execute("UPDATE events SET size = ? WHERE id = ?", (len(data), event_id))
    transaction.hold(0, len(data) - row[0])
    return True


def purge(transaction: Transaction, until_us: int, most: int) -> int:
    """Forget events that were delivered or skipped before an instant; return how many."""
    db, gone = transaction.db, 0
    for state in (DELIVERED, SKIPPED):
        rows = db.execute(
            "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE state = ? AND state > 3 "
            "AND ended_us < ? ORDER BY ended_us LIMIT ?) RETURNING lane_id",
            (state, until_us, most - gone),
        ).fetchall()
        for (lane_id,) in rows:
            transaction.count(lane_id, state, -1)
        gone += len(rows)
    db.execute("DELETE FROM outcomes WHERE minute < ?", (until_us // MINUTE_US,))
    db.execute("DELETE FROM suspects WHERE id NOT IN (SELECT id FROM events WHERE state < 4)")
    return gone
