"""Leases of claims: renewed while a worker lives, and recovered after one has ended."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from portcall.outbox.records import LEASE_OVER, MOST_LOST, Settlement, lost_reason
from portcall.outbox.sqlite.id_terms import IDS
from portcall.outbox.sqlite.outcomes import finish
from portcall.outbox.sqlite.transaction import Transaction


def renew(transaction: Transaction, claim_ids: Sequence[int], until_us: int) -> None:
    """Let the leases of claims end later, and record the time."""
    transaction.db.execute(
        f"UPDATE claims SET until_us = ? WHERE id IN {IDS}",
        (until_us, json.dumps(list(claim_ids))),
    )
    transaction.db.execute("UPDATE outbox SET clock_us = max(clock_us, ?)", (transaction.now_us,))


def has_expired(db: sqlite3.Connection, now_us: int) -> bool:
    """Return whether the lease of any claim has expired."""
    found = db.execute("SELECT 1 FROM claims WHERE until_us <= ? LIMIT 1", (now_us,)).fetchone()
    return found is not None


def recover(transaction: Transaction) -> int:
    """Take back the events of claims whose lease has expired; return how many."""
    db = transaction.db
    expired = db.execute(
        "SELECT id, ids, begun, lane_id FROM claims WHERE until_us <= ?", (transaction.now_us,)
    ).fetchall()
    for claim_id, ids, begun, lane_id in expired:
        db.execute("DELETE FROM claims WHERE id = ?", (claim_id,))
        if begun != "[]":
            doubt = Settlement(ids=json.loads(begun), state="uncertain", reason=LEASE_OVER)
            finish(transaction, doubt, claim_id)
        _suspect(transaction, lane_id, ids)
    return sum(len(json.loads(row[1])) for row in expired)


def _suspect(transaction: Transaction, lane_id: int, ids: str) -> None:
    """Count a lost claim for each of its events without an outcome; end those with `MOST_LOST`."""
    db = transaction.db
    db.execute(
        f"INSERT INTO suspects SELECT id, lane_id, 1 FROM events WHERE id IN {IDS} AND state = 0 "
        "ON CONFLICT DO UPDATE SET lost = lost + 1",
        (ids,),
    )
    dead = db.execute(
        f"SELECT id FROM suspects WHERE lane_id = ? AND lost >= ? AND id IN {IDS}",
        (lane_id, MOST_LOST, ids),
    ).fetchall()
    if dead:
        reason = lost_reason(MOST_LOST)
        dead_ids = [row[0] for row in dead]
        finish(transaction, Settlement(ids=dead_ids, state="dead", reason=reason))
