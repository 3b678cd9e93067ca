"""Outcomes: recorded while a claim is under way and when it ends, and what follows from each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from portcall.outbox.authors import Claim, Finding, LeaseLostError, Settlement
from portcall_postgres.outbox.counts import Room, add_counts
from portcall_postgres.outbox.parking import found
from portcall_postgres.outbox.puts import printable
from portcall_postgres.outbox.tables import (
    BEGUN,
    BEHIND,
    CLAIMED,
    DELIVERED,
    NUMBER_OF,
    SKIPPED,
    UNCERTAIN,
    WAITING,
)
from portcall_postgres.outbox.transaction import Transaction

_HOLD: Final = "SELECT 1 FROM @claims WHERE id = %s FOR UPDATE"
_LATE: Final = """SELECT 1 FROM @events WHERE id = ANY(%s) AND claim_id = %s
    ORDER BY id FOR UPDATE"""
_BEGIN: Final = f"""UPDATE @events SET state = {BEGUN}
    WHERE id = ANY(%s) AND claim_id = %s AND state IN ({CLAIMED}, {BEGUN})"""
_WAIT: Final = f"""UPDATE @events SET state = {WAITING}, claim_id = NULL, attempts = attempts + %s,
        due_us = CASE WHEN %s > 0 THEN %s ELSE due_us END,
        outcome = CASE WHEN %s THEN %s ELSE outcome END,
        reason = CASE WHEN %s THEN %s ELSE reason END,
        field = CASE WHEN %s THEN %s ELSE field END
    WHERE id = ANY(%s) AND claim_id = %s AND state IN ({CLAIMED}, {BEGUN})"""
_FINISH: Final = f"""WITH was AS (SELECT id, state FROM @events WHERE id = ANY(%s) AND claim_id = %s
        AND state IN ({CLAIMED}, {BEGUN}, {UNCERTAIN}) ORDER BY id FOR UPDATE)
    UPDATE @events e SET state = %s, attempts = attempts + %s, outcome = %s, reason = %s, field = %s,
        ended_us = %s, claim_id = CASE WHEN %s THEN e.claim_id END
    FROM was WHERE e.id = was.id
    RETURNING e.id, e.lane_id, e.order_digest, e.size, was.state"""
_EXCHANGE: Final = """INSERT INTO @exchanges SELECT unnest(%s::bigint[]), %s
    ON CONFLICT (id) DO UPDATE SET data = excluded.data"""
_FORGET_BODIES: Final = "DELETE FROM @bodies WHERE id = ANY(%s)"
_LET_NEXT: Final = f"""UPDATE @events SET state = {WAITING} WHERE state = {BEHIND} AND id = ANY(ARRAY(
    SELECT id FROM @events WHERE state = {BEHIND} AND id IN (
        SELECT (SELECT o.id FROM @events o WHERE o.order_digest = given.digest AND o.state < 4
            ORDER BY o.id LIMIT 1) FROM unnest(%s::bytea[]) AS given (digest))
    ORDER BY id FOR UPDATE))"""
GIVE_BACK: Final = f"""UPDATE @events SET state = {WAITING}, claim_id = NULL
    WHERE claim_id = %s AND state IN ({CLAIMED}, {BEGUN})"""
END: Final = "DELETE FROM @claims WHERE id = %s"


def note(
    transaction: Transaction,
    claimed: Claim,
    settlements: Sequence[Settlement],
    begun: Sequence[int],
    room: Room,
) -> None:
    """Record outcomes of a claim's events, and which events are being sent."""
    # Locked, the claim cannot be recovered by another process; of one that was, nothing may be sent.
    is_held = transaction.row(_HOLD, claimed.id) is not None
    if begun and not is_held:
        raise LeaseLostError
    if not is_held:  # an operator may change the events that it left uncertain
        transaction.run(_LATE, [each for one in settlements for each in one.ids], claimed.id)
    orders = [
        order for each in settlements for order in settle(transaction, claimed.id, each, room)
    ]
    if begun and transaction.run(_BEGIN, list(begun), claimed.id).rowcount < len(begun):
        raise LeaseLostError
    let_next(transaction, orders)


def end(
    transaction: Transaction,
    claimed: Claim,
    settlements: Sequence[Settlement],
    finding: Finding | None,
    room: Room,
) -> None:
    """End a claim with its last outcomes; events without an outcome wait again."""
    note(transaction, claimed, settlements, (), room)
    transaction.run(GIVE_BACK, claimed.id)
    transaction.run(END, claimed.id)
    if finding is not None:
        found(transaction, claimed.lane.connection, finding)


def let_next(transaction: Transaction, orders: Sequence[bytes | None]) -> None:
    """Make the next event of each ordering key claimable, unless an earlier one still waits.

    Called once in a transaction, so that all of these rows are locked in the order of their ids.
    """
    wanted = list({order for order in orders if order is not None})
    if wanted:
        transaction.run(_LET_NEXT, wanted)


def settle(
    transaction: Transaction, claim_id: int, settlement: Settlement, room: Room | None = None
) -> list[bytes]:
    """Record an outcome; return the ordering keys, as digests, whose next event may be claimed."""
    if settlement.state == "waiting":
        _wait(transaction, claim_id, settlement)
        return []
    return _finish(transaction, claim_id, settlement, room)


def _wait(transaction: Transaction, claim_id: int, settlement: Settlement) -> None:
    said = bool(settlement.outcome)
    transaction.run(
        _WAIT, int(settlement.is_tried), settlement.due_us, settlement.due_us,
        said, settlement.outcome, said, printable(settlement.reason),
        said, printable(settlement.field), list(settlement.ids), claim_id,
    )  # fmt: skip


def _finish(
    transaction: Transaction, claim_id: int, settlement: Settlement, room: Room | None
) -> list[bytes]:
    """Record the last outcome of events, also of those that an expired lease had left uncertain."""
    state = NUMBER_OF[settlement.state]
    rows = transaction.rows(
        _FINISH, list(settlement.ids), claim_id, state, int(settlement.is_tried),
        settlement.outcome or settlement.state, printable(settlement.reason),
        printable(settlement.field), transaction.now_us, state == UNCERTAIN,
    )  # fmt: skip
    if state in {DELIVERED, SKIPPED}:
        transaction.run(_FORGET_BODIES, [row[0] for row in rows])
    elif settlement.exchange and room is not None:
        _keep_exchange(transaction, rows, state, settlement.exchange, room)
    for lane_id in {row[1] for row in rows}:
        mine = [row for row in rows if row[1] == lane_id]
        doubted = [row for row in mine if row[4] == UNCERTAIN]
        held = [row for row in mine if row[4] != UNCERTAIN]
        add_counts(transaction, lane_id, {WAITING: _less(held), UNCERTAIN: _less(doubted)})
        add_counts(transaction, lane_id, {state: (len(mine), sum(row[3] for row in mine))})
    return [row[2] for row in rows if row[2] is not None]


def _keep_exchange(
    transaction: Transaction, rows: Sequence[tuple[Any, ...]], state: int, exchange: str, room: Room
) -> None:
    """Keep the last request of new dead letters, and its answer, for as many as there is room."""
    size = len(exchange)
    kept = rows[: room.exchanges(transaction, size)]
    transaction.run(_EXCHANGE, [row[0] for row in kept], printable(exchange))
    for lane_id, times in Counter(row[1] for row in kept).items():
        add_counts(transaction, lane_id, {state: (0, size * times)})


def _less(rows: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
    return -len(rows), -sum(row[3] for row in rows)
