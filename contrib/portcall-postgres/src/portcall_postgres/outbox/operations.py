"""Changes from outside of a claim: events that an operator resends, corrects or drops, and the retention."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from portcall_postgres.advisory_locks import lock_number
from portcall_postgres.outbox.counts import add_counts
from portcall_postgres.outbox.outcomes import let_next
from portcall_postgres.outbox.tables import (
    BEGUN,
    BEHIND,
    CLAIMED,
    DELIVERED,
    OVER,
    SKIPPED,
    WAITING,
)
from portcall_postgres.outbox.transaction import Transaction

_LOCKED: Final = """SELECT id, lane_id, state, order_digest, size FROM @events
    WHERE id = ANY(%s) AND state {} ORDER BY id FOR UPDATE"""
# Making the next event claimable locks rows that may precede the first ones: one operator at a time.
_ALONE: Final = "SELECT pg_advisory_xact_lock(%s)"
_RETRY: Final = f"""UPDATE @events SET state = %s, due_us = %s, ended_us = NULL, claim_id = NULL,
    attempts = CASE WHEN state = {WAITING} THEN attempts ELSE 0 END WHERE id = ANY(%s)"""
_PURGED: Final = f"""DELETE FROM @events WHERE id = ANY(ARRAY(SELECT id FROM @events
        WHERE state = %s AND state > 3 AND ended_us < %s ORDER BY ended_us LIMIT %s
        FOR UPDATE SKIP LOCKED)) AND state IN ({OVER}) RETURNING lane_id, size"""
_CLEARED: Final = """DELETE FROM @suspects WHERE id = ANY(ARRAY(SELECT s.id FROM @suspects s
    WHERE NOT EXISTS (SELECT 1 FROM @events e WHERE e.id = s.id AND e.state < 4)
    ORDER BY s.id FOR UPDATE SKIP LOCKED))"""
_FORGOTTEN: Final = "DELETE FROM @exchanges WHERE id = ANY(%s) RETURNING id, length(data)"


def retry(transaction: Transaction, ids: Sequence[int]) -> int:
    """Make dead letters, and events that wait for another attempt, due now; return how many."""
    transaction.run(_ALONE, lock_number("outbox operator"))
    rows = transaction.rows(
        _LOCKED.format(f"NOT IN ({BEHIND}, {CLAIMED}, {BEGUN}, {OVER})"), list(ids)
    )
    waiting = [row[0] for row in rows if row[2] == WAITING]
    transaction.run(_RETRY, WAITING, transaction.now_us, waiting)
    dead = [row for row in rows if row[2] != WAITING]
    for is_ordered in (False, True):
        mine = [row[0] for row in dead if (row[3] is not None) is is_ordered]
        transaction.run(_RETRY, BEHIND if is_ordered else WAITING, transaction.now_us, mine)
    _forget_exchanges(transaction, dead)
    transaction.run("DELETE FROM @suspects WHERE id = ANY(%s)", [row[0] for row in dead])
    for _, lane_id, state, _, size in dead:
        add_counts(transaction, lane_id, {state: (-1, -size), WAITING: (1, size)})
    let_next(transaction, [row[3] for row in dead])
    return len(rows)


def drop(transaction: Transaction, ids: Sequence[int]) -> int:
    """Forget events that are not under way; return how many."""
    transaction.run(_ALONE, lock_number("outbox operator"))
    rows = transaction.rows(_LOCKED.format(f"NOT IN ({CLAIMED}, {BEGUN})"), list(ids))
    gone = [row[0] for row in rows]
    transaction.run("DELETE FROM @events WHERE id = ANY(%s)", gone)
    transaction.run("DELETE FROM @bodies WHERE id = ANY(%s)", gone)
    _forget_exchanges(transaction, rows)
    for _, lane_id, state, _, size in rows:
        add_counts(transaction, lane_id, {WAITING if state == BEHIND else state: (-1, -size)})
    let_next(transaction, [row[3] for row in rows])
    return len(rows)


def replace(transaction: Transaction, event_id: int, data: str) -> bool:
    """Replace the JSON of an event that is not under way; return whether that was possible."""
    rows = transaction.rows(_LOCKED.format(f"NOT IN ({CLAIMED}, {BEGUN}, {OVER})"), [event_id])
    for _, lane_id, state, _, size in rows:
        transaction.run("UPDATE @bodies SET data = %s WHERE id = %s", data, event_id)
        transaction.run("UPDATE @events SET size = %s WHERE id = %s", len(data), event_id)
        add_counts(
            transaction, lane_id, {WAITING if state == BEHIND else state: (0, len(data) - size)}
        )
    return bool(rows)


def purge(transaction: Transaction, until_us: int, most: int) -> int:
    """Forget events that were delivered or skipped before an instant; return how many."""
    gone = 0
    for state in (DELIVERED, SKIPPED):
        rows = transaction.rows(_PURGED, state, until_us, most - gone)
        gone += len(rows)
        for lane_id in {row[0] for row in rows}:
            sizes = [size for lane, size in rows if lane == lane_id]
            add_counts(transaction, lane_id, {state: (-len(sizes), -sum(sizes))})
    transaction.run(_CLEARED)
    return gone


def _forget_exchanges(transaction: Transaction, rows: Sequence[tuple[Any, ...]]) -> None:
    """Forget the last requests of dead letters, given as `_LOCKED` selects them."""
    of = {event_id: (lane_id, state) for event_id, lane_id, state, _, _ in rows}
    gone = transaction.rows(_FORGOTTEN, list(of))
    for lane_id, state in {of[event_id] for event_id, _ in gone}:
        size = sum(size for event_id, size in gone if of[event_id] == (lane_id, state))
        add_counts(transaction, lane_id, {state: (0, -size)})
