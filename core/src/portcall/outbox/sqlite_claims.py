"""Claims in the tables: made, noted, ended, and recovered when their lease is over.

Whatever is done with many events is one statement that returns one row: Python lets go of its lock at every
row, and another thread that computes would keep it for milliseconds each time.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

from portcall.outbox.records import (
    MOST_LOST,
    Claim,
    Finding,
    Lane,
    ReadyLane,
    Settlement,
    lost_reason,
)
from portcall.outbox.sqlite_schema import BEHIND, DELIVERED, SKIPPED, UNCERTAIN, WAITING
from portcall.outbox.sqlite_states import NUMBER_OF
from portcall.outbox.sqlite_transaction import Transaction
from portcall.outbox.storage import LeaseLostError

LEASE_OVER: Final = (
    "the lease of its worker ended while it was being sent; it may have been applied"
)

IDS: Final = "(SELECT value FROM json_each(?))"
_CLAIMED_LANE: Final = "EXISTS (SELECT 1 FROM claims WHERE lane_id = l.id)"
_LANE: Final = f"""SELECT l.id, c.name, l.action, p.plan, l.pipeline, c.failures,
    {_CLAIMED_LANE} AS is_claimed,
    EXISTS (SELECT 1 FROM suspects WHERE lane_id = l.id) AS has_suspects
    FROM lanes l JOIN connections c ON c.id = l.connection_id JOIN plans p ON p.id = l.plan_id"""
CLAIMED: Final = "(SELECT i.value FROM claims k, json_each(k.ids) i)"
FIRST_DUE: Final = f"""(SELECT due_us FROM events WHERE lane_id = l.id AND state = 0
    AND id NOT IN {CLAIMED} ORDER BY due_us LIMIT 1)"""
_FREE_DUE: Final = (
    "(SELECT due_us FROM events WHERE lane_id = l.id AND state = 0 ORDER BY due_us LIMIT 1)"
)
_SUSPECTS: Final = f"""(SELECT s.lane_id AS of_lane, s.lost, min(e.due_us) AS due
    FROM suspects s JOIN events e ON e.id = s.id AND e.lane_id = s.lane_id
    WHERE e.state = 0 AND e.id NOT IN {CLAIMED} GROUP BY 1, 2)"""
_FRESH: Final = "AND id NOT IN (SELECT id FROM suspects)"
_LOST: Final = "AND id IN (SELECT id FROM suspects WHERE lane_id = ? AND lost = ?)"
_OPEN: Final = "c.parked IS NULL"
_AMONG: Final = "AND c.name IN (SELECT value FROM json_each(?))"
_PROBED: Final = """EXISTS (SELECT 1 FROM claims k JOIN lanes o ON o.id = k.lane_id
    WHERE o.connection_id = c.id)"""
_FIRST: Final = """SELECT id, attempts, put_us, due_us, size FROM events
    WHERE lane_id = ? AND state = 0 AND due_us <= ? {} ORDER BY due_us, id LIMIT ?"""
_DUE: Final = """SELECT group_concat(id), group_concat(attempts), group_concat(put_us), sum(size)
    FROM ({})"""
_FITTING: Final = """SELECT count(*) FROM
    (SELECT sum(size) OVER (ORDER BY due_us, id ROWS UNBOUNDED PRECEDING) AS whole FROM ({}))
    WHERE whole <= ?"""
_FEW: Final = 8
_BODIES: Final = """SELECT '[' || group_concat(b.data, ',' || char(10)) || ']'
    FROM (SELECT value FROM json_each(?)) i CROSS JOIN bodies b ON b.id = i.value"""


def ready(
    db: sqlite3.Connection, now_us: int, connections: Collection[str] | None
) -> Sequence[ReadyLane]:
    """Return the lanes with events that are due, those that have waited longest first."""
    among, given = ("", []) if connections is None else (_AMONG, [json.dumps(list(connections))])
    lanes = (
        f"({_LANE} WHERE {_OPEN} AND c.opens_us <= ? AND (c.failures = 0 OR NOT {_PROBED}) {among})"
    )
    first = f"SELECT *, {_FREE_DUE} AS due FROM {lanes} l WHERE due <= ?"
    rows = db.execute(first, (now_us, *given, now_us)).fetchall()
    found = [
        ReadyLane(row[0], _lane(row[1:5]), due, row[5]) for row, due in _fresh(db, rows, now_us)
    ]
    if any(row[7] for row in rows) or _has_suspects(db):
        lost = f"SELECT l.*, s.due, s.lost FROM {_SUSPECTS} s JOIN {lanes} l ON l.id = s.of_lane"
        rows = db.execute(f"{lost} WHERE s.due <= ?", (now_us, *given, now_us)).fetchall()
        found += [ReadyLane(row[0], _lane(row[1:5]), row[8], row[5], row[9]) for row in rows]
    return sorted(found, key=lambda each: each.due_us)


def _fresh(
    db: sqlite3.Connection, rows: Sequence[Sequence[Any]], now_us: int
) -> Iterator[tuple[Sequence[Any], int]]:
    """Return rows of lanes with when the first of their events is due that no claim has, or was lost with."""
    for row in rows:
        due_us = row[8]
        if row[6] or row[7]:
            due_us = _unclaimed_due_us(db, row[0], _FRESH if row[7] else "")
        if due_us is not None and due_us <= now_us:
            yield row, due_us


def _has_suspects(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM suspects LIMIT 1").fetchone() is not None


def next_due_us(db: sqlite3.Connection, connections: Collection[str] | None) -> int | None:
    """Return the first instant at which an event may be claimed."""
    among, given = ("", []) if connections is None else (_AMONG, [json.dumps(list(connections))])
    of_lanes = "FROM lanes l JOIN connections c ON c.id = l.connection_id"
    (found,) = db.execute(
        f"SELECT min(max({_FREE_DUE}, c.opens_us)) {of_lanes} "
        f"WHERE {_OPEN} AND NOT {_CLAIMED_LANE} {among}",
        given,
    ).fetchone()
    dues = [] if found is None else [int(found)]
    for lane_id, opens_us in db.execute(
        f"SELECT l.id, c.opens_us {of_lanes} WHERE {_OPEN} AND {_CLAIMED_LANE} {among}", given
    ).fetchall():
        due_us = _unclaimed_due_us(db, lane_id)
        if due_us is not None:
            dues.append(max(due_us, opens_us))
    return min(dues, default=None)


def _unclaimed_due_us(db: sqlite3.Connection, lane_id: int, also: str = "") -> int | None:
    """Return when the first event of a lane that is in no claim is due; None if there is none.

    Args:
        db: In a transaction.
        lane_id: Of the lane.
        also: What else is true of the event, as a further term.
    """
    others, ids = _unclaimed(db, lane_id)
    row = db.execute(
        f"SELECT due_us FROM events WHERE lane_id = ? AND state = 0 {others} {also} "
        "ORDER BY due_us LIMIT 1",
        (lane_id, *ids),
    ).fetchone()
    return None if row is None else int(row[0])


def claim(
    transaction: Transaction,
    lane_id: int,
    *,
    most: int,
    most_bytes: int,
    until_us: int,
    lost: int,
) -> Claim | None:
    """Claim the events of a lane that are due and were lost so often, the first ones first."""
    db, now_us = transaction.db, transaction.now_us
    row = db.execute(
        f"{_LANE} WHERE l.id = ? AND {_OPEN} AND c.opens_us <= ? AND (c.failures = 0 OR NOT {_PROBED})",
        (lane_id, now_us),
    ).fetchone()
    if row is None:
        return None
    others, given = _unclaimed(db, lane_id) if row[6] else ("", ())
    if lost:
        others, given = f"{others} {_LOST}", (*given, lane_id, lost)
    elif row[7]:
        others = f"{others} {_FRESH}"
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
    return Claim(
        claim_id, _lane(row[1:5]), _numbers(ids), _numbers(attempts), _numbers(put_us), data
    )


def _due(
    db: sqlite3.Connection, first: str, among: tuple[object, ...], most: int, most_bytes: int
) -> tuple[str, str, str] | None:
    """Return columns of the first events that may be claimed; None if there are none.

    Args:
        db: In a transaction.
        first: Selects them.
        among: Its arguments, but for how many it selects.
        most: So many at most.
        most_bytes: Their bytes at most; one event is among them in any case.
    """
    due, given = _DUE.format(first), (*among, most)
    *found, size = db.execute(due, given).fetchone()
    if found[0] is None:
        return None
    if size > most_bytes:
        (fitting,) = db.execute(_FITTING.format(first), (*given, most_bytes)).fetchone()
        *found, size = db.execute(due, (*among, max(fitting, 1))).fetchone()
    return found[0], found[1], found[2]


def _unclaimed(db: sqlite3.Connection, lane_id: int) -> tuple[str, tuple[object, ...]]:
    """Return what is true of events in no claim of a lane, and its arguments: ranges where claims are few."""
    claims = db.execute(
        "SELECT ids FROM claims WHERE lane_id = ? LIMIT ?", (lane_id, _FEW + 1)
    ).fetchall()
    if len(claims) > _FEW:
        return f"AND id NOT IN {CLAIMED}", ()
    terms = [_among(json.loads(ids)) for (ids,) in claims]
    among = "".join(f" AND NOT ({term})" for term, _ in terms)
    return among, tuple(value for _, given in terms for value in given)


def _numbers(text: str) -> Sequence[int]:
    return list(map(int, text.split(",")))


def _lane(row: Sequence[str]) -> Lane:
    connection, action, plan, pipeline = row
    return Lane(connection=connection, action=action, plan=plan, pipeline=pipeline)


def note(
    transaction: Transaction,
    claimed: Claim,
    settlements: Sequence[Settlement],
    begun: Sequence[int],
) -> None:
    """Write down outcomes, and what is being sent."""
    alive = transaction.db.execute(
        "UPDATE claims SET begun = ? WHERE id = ?", (json.dumps(list(begun)), claimed.id)
    ).rowcount
    if begun and not alive:
        raise LeaseLostError
    _settle(transaction, claimed.id, settlements, is_alive=alive > 0)


def _settle(
    transaction: Transaction, claim_id: int, settlements: Sequence[Settlement], *, is_alive: bool
) -> None:
    for settlement in settlements:
        if not is_alive:
            _find_out(transaction, claim_id, settlement)
        elif settlement.state == "waiting":
            _wait(transaction.db, settlement)
        else:
            finish(transaction, settlement)


def _wait(db: sqlite3.Connection, settlement: Settlement) -> None:
    if not (settlement.is_tried or settlement.outcome):
        return  # it waits as it was
    db.execute(
        "UPDATE events SET attempts = attempts + ?, "
        "due_us = coalesce(nullif(max(?, 0), 0), due_us), outcome = ?, reason = ?, field = ? "
        "WHERE id IN (SELECT value FROM json_each(?)) AND state = 0",
        (
            int(settlement.is_tried),
            settlement.due_us,
            settlement.outcome,
            settlement.reason,
            settlement.field,
            json.dumps(list(settlement.ids)),
        ),
    )


def finish(transaction: Transaction, settlement: Settlement, claim_id: int | None = None) -> None:
    """Write down the last outcome of waiting events of one lane.

    Args:
        transaction: One that has begun.
        settlement: The outcome.
        claim_id: What is to be remembered of events that a lease leaves in doubt.
    """
    db, state = transaction.db, NUMBER_OF[settlement.state]
    among, given = _among(settlement.ids)
    lane_id, events, size, ordered = db.execute(
        "SELECT max(lane_id), count(*), sum(size), count(ordering_key) FROM events "
        f"WHERE {among} AND state = 0",
        given,
    ).fetchone()
    if not events:
        return
    keys = _keys(db, among, given) if ordered else ()
    if state in {DELIVERED, SKIPPED}:
        db.execute(f"DELETE FROM bodies WHERE {among}", given)
    db.execute(
        "UPDATE events SET state = ?, attempts = attempts + ?, outcome = ?, reason = ?, field = ?, "
        f"ended_us = ?, claim_id = ? WHERE {among} AND state = 0",
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
    for key in keys:
        let_next(db, key)


def _among(ids: Sequence[int]) -> tuple[str, tuple[object, ...]]:
    """Return what is true of ids in SQL, and its arguments: a range where there is no gap."""
    whole = set(ids)
    low, high = min(whole, default=0), max(whole, default=-1)
    if high - low == len(whole) - 1:
        return "id BETWEEN ? AND ?", (low, high)
    return f"id IN {IDS}", (json.dumps(list(whole)),)


def _keep_exchange(transaction: Transaction, settlement: Settlement) -> None:
    """Keep the last request of new dead letters, and its answer, for as many as there is room."""
    if not settlement.exchange:
        return
    forget_exchanges(transaction, settlement.ids)
    among, given = _among(settlement.ids)
    size = len(settlement.exchange)
    room = max(0, transaction.exchange_bytes - transaction.held_bytes) // size
    kept = transaction.db.execute(
        "INSERT INTO exchanges (id, data) "
        f"SELECT id, ? FROM events WHERE {among} AND state = ? LIMIT ?",
        (settlement.exchange, *given, NUMBER_OF[settlement.state], room),
    ).rowcount
    transaction.hold(0, kept * size)


def forget_exchanges(transaction: Transaction, ids: Sequence[int]) -> None:
    """Forget the last requests of events that are no dead letters any more."""
    among, given = _among(ids)
    gone = transaction.db.execute(
        f"DELETE FROM exchanges WHERE {among} RETURNING length(data)", given
    ).fetchall()
    transaction.hold(0, -sum(size for (size,) in gone))


def _keys(db: sqlite3.Connection, among: str, given: tuple[object, ...]) -> Sequence[str]:
    rows = db.execute(
        "SELECT DISTINCT ordering_key FROM events "
        f"WHERE {among} AND state = 0 AND ordering_key IS NOT NULL",
        given,
    )
    return [row[0] for row in rows.fetchall()]


def _find_out(transaction: Transaction, claim_id: int, settlement: Settlement) -> None:
    """Take what became of events after all, that the end of the lease had left in doubt."""
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


def let_next(db: sqlite3.Connection, key: str) -> None:
    """Let the next event with an ordering key be claimed, unless another one can be, or is under way."""
    waiting = f"ordering_key = ? AND state < {DELIVERED}"
    db.execute(
        f"UPDATE events SET state = {WAITING} "
        f"WHERE id = (SELECT id FROM events WHERE {waiting} ORDER BY id LIMIT 1) "
        f"AND NOT EXISTS (SELECT 1 FROM events WHERE {waiting} AND state <> {BEHIND})",
        (key, key),
    )


def end(
    transaction: Transaction,
    claimed: Claim,
    settlements: Sequence[Settlement],
    finding: Finding | None,
) -> None:
    """End a claim with the last outcomes: what has none waits again."""
    db = transaction.db
    alive = db.execute("DELETE FROM claims WHERE id = ?", (claimed.id,)).rowcount
    _settle(transaction, claimed.id, settlements, is_alive=alive > 0)
    if finding is None:
        return
    name = claimed.lane.connection
    if finding.kind == "serves":
        db.execute(
            "UPDATE connections SET failures = 0, opens_us = 0, trouble = '' "
            "WHERE name = ? AND failures > 0",
            (name,),
        )
    elif finding.kind == "fails":
        db.execute(
            "UPDATE connections SET failures = failures + 1, opens_us = max(opens_us, ?), trouble = ? "
            "WHERE name = ?",
            (finding.opens_us, finding.reason, name),
        )
    else:
        park(transaction, name, finding.reason, finding.generation)


def park(transaction: Transaction, name: str, reason: str, generation: int | None) -> None:
    """Let nothing go out to a connection."""
    transaction.db.execute(
        "UPDATE connections SET parked = ?, parked_us = coalesce(parked_us, ?), generation = ?, "
        "failures = 0, opens_us = 0, trouble = '' WHERE name = ?",
        (reason or "parked", transaction.now_us, generation, name),
    )


def release(transaction: Transaction, name: str) -> bool:
    """Let events go out again; those that wait for another attempt are due at once."""
    db, now_us = transaction.db, transaction.now_us
    changed = db.execute(
        "UPDATE connections SET parked = NULL, parked_us = NULL, generation = NULL, failures = 0, "
        "opens_us = 0, trouble = '' WHERE name = ? AND (parked IS NOT NULL OR failures > 0)",
        (name,),
    ).rowcount
    db.execute(
        "UPDATE events SET due_us = ? WHERE state = 0 AND attempts > 0 AND due_us > ? AND lane_id IN "
        "(SELECT l.id FROM lanes l JOIN connections c ON c.id = l.connection_id WHERE c.name = ?)",
        (now_us, now_us, name),
    )
    return changed > 0


def renew(transaction: Transaction, claim_ids: Sequence[int], until_us: int) -> None:
    """Let leases end later, and write down the time."""
    transaction.db.execute(
        f"UPDATE claims SET until_us = ? WHERE id IN {IDS}",
        (until_us, json.dumps(list(claim_ids))),
    )
    transaction.db.execute("UPDATE outbox SET clock_us = max(clock_us, ?)", (transaction.now_us,))


def recover(transaction: Transaction) -> int:
    """Take back the events of claims whose lease is over."""
    db = transaction.db
    over = db.execute(
        "SELECT id, ids, begun, lane_id FROM claims WHERE until_us <= ?", (transaction.now_us,)
    ).fetchall()
    for claim_id, ids, begun, lane_id in over:
        db.execute("DELETE FROM claims WHERE id = ?", (claim_id,))
        if begun != "[]":
            doubt = Settlement(ids=json.loads(begun), state="uncertain", reason=LEASE_OVER)
            finish(transaction, doubt, claim_id)
        _suspect(transaction, lane_id, ids)
    return sum(len(json.loads(row[1])) for row in over)


def _suspect(transaction: Transaction, lane_id: int, ids: str) -> None:
    """Count that a claim was lost with the events of it that have no outcome."""
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


def has_expired(db: sqlite3.Connection, now_us: int) -> bool:
    """Return whether the lease of a claim is over."""
    found = db.execute("SELECT 1 FROM claims WHERE until_us <= ? LIMIT 1", (now_us,)).fetchone()
    return found is not None
