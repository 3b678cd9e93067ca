"""Outcomes: recorded while a claim is under way and when it ends, and what follows from each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Final

from portcall.outbox.records import Claim, Finding, Settlement
from portcall.outbox.sqlite.id_terms import IDS, among
from portcall.outbox.sqlite.parking import found
from portcall.outbox.sqlite.tables import (
    BEHIND,
    DELIVERED,
    NUMBER_OF,
    SKIPPED,
    UNCERTAIN,
    WAITING,
)
from portcall.outbox.sqlite.transaction import Transaction
from portcall.outbox.storage import LeaseLostError

_SUMS: Final = """SELECT max(lane_id), count(*), sum(size), count(ordering_key) FROM events
    WHERE {} AND state = 0"""
_KEYS: Final = """SELECT DISTINCT ordering_key FROM events
    WHERE {} AND state = 0 AND ordering_key IS NOT NULL"""
_FINISH: Final = """UPDATE events SET state = ?, attempts = attempts + ?, outcome = ?, reason = ?,
    field = ?, ended_us = ?, claim_id = ? WHERE {} AND state = 0"""
_WAIT: Final = f"""UPDATE events SET attempts = attempts + ?,
    due_us = coalesce(nullif(max(?, 0), 0), due_us), outcome = ?, reason = ?, field = ?
    WHERE id IN {IDS} AND state = 0"""


def note(
    transaction: Transaction,
    claimed: Claim,
    settlements: Sequence[Settlement],
    begun: Sequence[int],
) -> None:
    """Record outcomes of a claim's events, and which events are being sent."""
    alive = transaction.db.execute(
        "UPDATE claims SET begun = ? WHERE id = ?", (json.dumps(list(begun)), claimed.id)
    ).rowcount
    if begun and not alive:
        raise LeaseLostError
    _settle(transaction, claimed.id, settlements, is_alive=alive > 0)


def end(
    transaction: Transaction,
    claimed: Claim,
    settlements: Sequence[Settlement],
    finding: Finding | None,
) -> None:
    """End a claim with its last outcomes; events without an outcome wait again."""
    alive = transaction.db.execute("DELETE FROM claims WHERE id = ?", (claimed.id,)).rowcount
    _settle(transaction, claimed.id, settlements, is_alive=alive > 0)
    if finding is not None:
        found(transaction, claimed.lane.connection, finding)


def finish(transaction: Transaction, settlement: Settlement, claim_id: int | None = None) -> None:
    """Record the last outcome of waiting events of one lane.

    Args:
        transaction: One that has begun.
        settlement: The outcome.
        claim_id: The lost claim that leaves the events uncertain: its worker may still learn the outcome.
    """
    db, state = transaction.db, NUMBER_OF[settlement.state]
    these, given = among(settlement.ids)
    lane_id, events, size, ordered = db.execute(_SUMS.format(these), given).fetchone()
    if not events:
        return
    keys = db.execute(_KEYS.format(these), given).fetchall() if ordered else ()
    if state in {DELIVERED, SKIPPED}:
        db.execute(f"DELETE FROM bodies WHERE {these}", given)
    db.execute(
        _FINISH.format(these),
        (
            state,
            int(settlement.is_tried),
            settlement.outcome or settlement.state,
            settlement.reason,
            settlement.field,
            transaction.now_us,
            claim_id,
            *given,
        ),
    )
    _keep_exchange(transaction, settlement)
    transaction.count(lane_id, WAITING, -events)
    transaction.end(lane_id, state, events)
    if state in {DELIVERED, SKIPPED}:
        transaction.hold(-events, -size)
    for (key,) in keys:
        let_next(db, key)


def let_next(db: sqlite3.Connection, key: str) -> None:
    """Make the next event with an ordering key claimable, unless an earlier one still waits."""
    waiting = f"ordering_key = ? AND state < {DELIVERED}"
    db.execute(
        f"UPDATE events SET state = {WAITING} "
        f"WHERE id = (SELECT id FROM events WHERE {waiting} ORDER BY id LIMIT 1) "
        f"AND NOT EXISTS (SELECT 1 FROM events WHERE {waiting} AND state <> {BEHIND})",
        (key, key),
    )


def forget_exchanges(transaction: Transaction, ids: Sequence[int]) -> None:
    """Forget the last requests of events that are no longer dead letters."""
    these, given = among(ids)
    gone = transaction.db.execute(
        f"DELETE FROM exchanges WHERE {these} RETURNING length(data)", given
    ).fetchall()
    transaction.hold(0, -sum(size for (size,) in gone))


def _settle(
    transaction: Transaction, claim_id: int, settlements: Sequence[Settlement], *, is_alive: bool
) -> None:
    for settlement in settlements:
        if not is_alive:
            _resolve(transaction, claim_id, settlement)
        elif settlement.state == "waiting":
            _wait(transaction.db, settlement)
        else:
            finish(transaction, settlement)


def _wait(db: sqlite3.Connection, settlement: Settlement) -> None:
    if not (settlement.is_tried or settlement.outcome):
        return  # it waits as it was
    db.execute(
        _WAIT,
        (
            int(settlement.is_tried),
            settlement.due_us,
            settlement.outcome,
            settlement.reason,
            settlement.field,
            json.dumps(list(settlement.ids)),
        ),
    )


def _resolve(transaction: Transaction, claim_id: int, settlement: Settlement) -> None:
    """Record the outcome of events that an expired lease had left uncertain."""
    if settlement.state in {"waiting", "uncertain"}:
        return
    db, state = transaction.db, NUMBER_OF[settlement.state]
    ids = json.dumps(list(settlement.ids))
    doubted = f"id IN {IDS} AND state = {UNCERTAIN} AND claim_id = ?"
    known = db.execute(
        f"SELECT lane_id, count(*), sum(size) FROM events WHERE {doubted} GROUP BY lane_id",
        (ids, claim_id),
    ).fetchall()
    if state in {DELIVERED, SKIPPED}:
        db.execute(
            f"DELETE FROM bodies WHERE id IN (SELECT id FROM events WHERE {doubted})",
            (ids, claim_id),
        )
    db.execute(
        f"UPDATE events SET state = ?, outcome = ?, reason = ?, field = ? WHERE {doubted}",
        (state, settlement.state, settlement.reason, settlement.field, ids, claim_id),
    )
    _keep_exchange(transaction, settlement)
    for lane_id, events, size in known:
        transaction.count(lane_id, UNCERTAIN, -events)
        transaction.end(lane_id, state, events)
        if state in {DELIVERED, SKIPPED}:
            transaction.hold(-events, -size)


def _keep_exchange(transaction: Transaction, settlement: Settlement) -> None:
    """Keep the last request of new dead letters, and its answer, for as many as there is room."""
    if not settlement.exchange:
        return
    forget_exchanges(transaction, settlement.ids)
    these, given = among(settlement.ids)
    size = len(settlement.exchange)
    room = max(0, transaction.exchange_bytes - transaction.held_bytes) // size
    kept = transaction.db.execute(
        "INSERT INTO exchanges (id, data) "
        f"SELECT id, ? FROM events WHERE {these} AND state = ? LIMIT ?",
        (settlement.exchange, *given, NUMBER_OF[settlement.state], room),
    ).rowcount
    transaction.hold(0, kept * size)
