"""Claims in the tables: made, noted, ended, and recovered when their lease is over."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from typing import Final

from portcall.outbox.records import Claim, ClaimedEvent, Finding, Lane, ReadyLane, Settlement
from portcall.outbox.sqlite_counts import NUMBER_OF, add_counts, hold_less
from portcall.outbox.sqlite_schema import (
    BEGUN,
    BEHIND,
    CLAIMED,
    DELIVERED,
    SKIPPED,
    UNCERTAIN,
    WAITING,
)
from portcall.outbox.storage import LeaseLostError

LEASE_OVER: Final = (
    "the lease of its worker ended while it was being sent; it may have been applied"
)

_IDS: Final = "(SELECT value FROM json_each(?))"
_LANE: Final = """SELECT l.id, c.name, l.action, p.plan, l.pipeline, c.failures
    FROM lanes l JOIN connections c ON c.id = l.connection_id JOIN plans p ON p.id = l.plan_id"""
_FIRST_DUE: Final = """(SELECT due_us FROM events
    WHERE lane_id = l.id AND state = 0 ORDER BY due_us LIMIT 1)"""
_OPEN: Final = "c.parked IS NULL"
_AMONG: Final = "AND c.name IN (SELECT value FROM json_each(?))"
_PROBED: Final = """EXISTS (SELECT 1 FROM claims k JOIN lanes o ON o.id = k.lane_id
    WHERE o.connection_id = c.id)"""


def ready(
    db: sqlite3.Connection, now_us: int, connections: Collection[str] | None
) -> Sequence[ReadyLane]:
    """Return the lanes with events that are due, those that have waited longest first."""
    among, given = ("", []) if connections is None else (_AMONG, [json.dumps(list(connections))])
    rows = db.execute(
        f"SELECT *, {_FIRST_DUE} AS due FROM ({_LANE} WHERE {_OPEN} AND c.opens_us <= ? "  # noqa: S608
        f"AND (c.failures = 0 OR NOT {_PROBED}) {among}) l WHERE due <= ? ORDER BY due",
        (now_us, *given, now_us),
    )
    return [ReadyLane(row[0], _lane(row[1:5]), row[6], row[5]) for row in rows.fetchall()]


def next_due_us(db: sqlite3.Connection, connections: Collection[str] | None) -> int | None:
    """Return the first instant at which an event may be claimed."""
    among, given = ("", []) if connections is None else (_AMONG, [json.dumps(list(connections))])
    (found,) = db.execute(
        f"SELECT min(max({_FIRST_DUE}, c.opens_us)) FROM lanes l "  # noqa: S608
        f"JOIN connections c ON c.id = l.connection_id WHERE {_OPEN} {among}",
        given,
    ).fetchone()
    return None if found is None else int(found)


def claim(
    db: sqlite3.Connection,
    lane_id: int,
    *,
    most: int,
    most_bytes: int,
    now_us: int,
    until_us: int,
) -> Claim | None:
    """Claim the events of a lane that are due, the first ones first."""
    row = db.execute(
        f"{_LANE} WHERE l.id = ? AND {_OPEN} AND c.opens_us <= ? AND (c.failures = 0 OR NOT {_PROBED})",
        (lane_id, now_us),
    ).fetchone()
    if row is None:
        return None
    events = _due(db, lane_id, now_us, most, most_bytes)
    if not events:
        return None
    ids = json.dumps([event.id for event in events])
    (claim_id,) = db.execute(
        "INSERT INTO claims (id, lane_id, until_us, ids) SELECT next_id, ?, ?, ? FROM outbox "
        "RETURNING id",
        (lane_id, until_us, ids),
    ).fetchone()
    db.execute("UPDATE outbox SET next_id = next_id + 1, clock_us = max(clock_us, ?)", (now_us,))
    db.execute(
        f"UPDATE events SET state = {CLAIMED}, claim_id = ? WHERE id IN {_IDS}",  # noqa: S608
        (claim_id, ids),
    )
    return Claim(claim_id, _lane(row[1:5]), events)


def _due(
    db: sqlite3.Connection, lane_id: int, now_us: int, most: int, most_bytes: int
) -> list[ClaimedEvent]:
    rows = db.execute(
        "SELECT e.id, b.data, e.attempts, e.put_us FROM events e CROSS JOIN bodies b ON b.id = e.id "
        "WHERE e.lane_id = ? AND e.state = 0 AND e.due_us <= ? ORDER BY e.due_us, e.id LIMIT ?",
        (lane_id, now_us, most),
    )
    events: list[ClaimedEvent] = []
    size = 0
    for row in rows:
        size += len(row[1])
        if events and size > most_bytes:
            break
        events.append(ClaimedEvent(*row))
    rows.close()
    return events


def _lane(row: Sequence[str]) -> Lane:
    connection, action, plan, pipeline = row
    return Lane(connection=connection, action=action, plan=plan, pipeline=pipeline)


def note(
    db: sqlite3.Connection,
    claimed: Claim,
    settlements: Sequence[Settlement],
    begun: Sequence[int],
    now_us: int,
) -> None:
    """Write down outcomes, and what is about to be sent."""
    for settlement in settlements:
        _settle(db, claimed.id, settlement, now_us)
    if begun:
        changed = db.execute(
            f"UPDATE events SET state = {BEGUN} WHERE id IN {_IDS} AND claim_id = ? "  # noqa: S608
            f"AND state IN ({CLAIMED}, {BEGUN})",
            (json.dumps(list(begun)), claimed.id),
        ).rowcount
        if changed < len(begun):
            raise LeaseLostError


def _settle(db: sqlite3.Connection, claim_id: int, settlement: Settlement, now_us: int) -> None:
    ids = json.dumps(list(settlement.ids))
    if settlement.state == "waiting":
        _wait(db, claim_id, settlement, ids)
        return
    for key in _finish(db, claim_id, settlement, ids, now_us):
        let_next(db, key)


def _wait(db: sqlite3.Connection, claim_id: int, settlement: Settlement, ids: str) -> None:
    db.execute(
        f"UPDATE events SET state = {WAITING}, claim_id = NULL, attempts = attempts + ?1, "  # noqa: S608
        "due_us = CASE WHEN ?2 > 0 THEN ?2 ELSE due_us END, "
        "outcome = CASE WHEN ?3 <> '' THEN ?3 ELSE outcome END, "
        "reason = CASE WHEN ?3 <> '' THEN ?4 ELSE reason END, "
        "field = CASE WHEN ?3 <> '' THEN ?5 ELSE field END "
        "WHERE id IN (SELECT value FROM json_each(?6)) AND claim_id = ?7 "
        f"AND state IN ({CLAIMED}, {BEGUN})",
        (
            int(settlement.is_tried),
            settlement.due_us,
            settlement.outcome,
            settlement.reason,
            settlement.field,
            ids,
            claim_id,
        ),
    )


def _finish(
    db: sqlite3.Connection, claim_id: int, settlement: Settlement, ids: str, now_us: int
) -> set[str]:
    """Give events their last outcome, also those that a lease has left in doubt; return ordering keys."""
    state = NUMBER_OF[settlement.state]
    known = db.execute(
        f"SELECT lane_id, ordering_key, size, state FROM events WHERE id IN {_IDS} "  # noqa: S608
        f"AND claim_id = ? AND state IN ({CLAIMED}, {BEGUN}, {UNCERTAIN})",
        (ids, claim_id),
    ).fetchall()
    db.execute(
        "UPDATE events SET state = ?, attempts = attempts + ?, outcome = ?, reason = ?, field = ?, "  # noqa: S608
        f"ended_us = ?, claim_id = {'claim_id' if state == UNCERTAIN else 'NULL'} "
        f"WHERE id IN {_IDS} AND claim_id = ? AND state IN ({CLAIMED}, {BEGUN}, {UNCERTAIN})",
        (
            state,
            int(settlement.is_tried),
            settlement.outcome or settlement.state,
            settlement.reason,
            settlement.field,
            now_us,
            ids,
            claim_id,
        ),
    )
    if state in {DELIVERED, SKIPPED}:
        db.execute(
            f"DELETE FROM bodies WHERE id IN (SELECT id FROM events WHERE id IN {_IDS} "  # noqa: S608
            f"AND state IN ({DELIVERED}, {SKIPPED}))",
            (ids,),
        )
        hold_less(db, len(known), sum(row[2] for row in known), now_us)
    for lane_id in {row[0] for row in known}:
        before = [row[3] for row in known if row[0] == lane_id]
        doubted = before.count(UNCERTAIN)
        add_counts(db, lane_id, {WAITING: doubted - len(before), UNCERTAIN: -doubted})
        add_counts(db, lane_id, {state: len(before)})
    return {row[1] for row in known if row[1] is not None}


def let_next(db: sqlite3.Connection, key: str) -> None:
    """Let the next event with an ordering key be claimed, unless another one can be, or is under way."""
    waiting = f"ordering_key = ?1 AND state < {DELIVERED}"
    db.execute(
        f"UPDATE events SET state = {WAITING} "  # noqa: S608
        f"WHERE id = (SELECT id FROM events WHERE {waiting} ORDER BY id LIMIT 1) "
        f"AND NOT EXISTS (SELECT 1 FROM events WHERE {waiting} AND state <> {BEHIND})",
        (key,),
    )


def end(db: sqlite3.Connection, claimed: Claim, finding: Finding | None, now_us: int) -> None:
    """End a claim: what has no outcome waits again."""
    ids = json.dumps([event.id for event in claimed.events])
    _give_back(db, claimed.id, ids)
    db.execute("DELETE FROM claims WHERE id = ?", (claimed.id,))
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
        park(db, name, finding.reason, finding.generation, now_us)


def park(
    db: sqlite3.Connection, name: str, reason: str, generation: int | None, now_us: int
) -> None:
    """Let nothing go out to a connection."""
    db.execute(
        "UPDATE connections SET parked = ?, parked_us = coalesce(parked_us, ?), generation = ?, "
        "failures = 0, opens_us = 0, trouble = '' WHERE name = ?",
        (reason or "parked", now_us, generation, name),
    )


def release(db: sqlite3.Connection, name: str, now_us: int) -> bool:
    """Let events go out again; those that wait for another attempt are due at once."""
    changed = db.execute(
        "UPDATE connections SET parked = NULL, parked_us = NULL, generation = NULL, failures = 0, "
        "opens_us = 0, trouble = '' WHERE name = ? AND (parked IS NOT NULL OR failures > 0)",
        (name,),
    ).rowcount
    db.execute(
        "UPDATE events SET due_us = ?1 WHERE state = 0 AND attempts > 0 AND due_us > ?1 AND lane_id IN "
        "(SELECT l.id FROM lanes l JOIN connections c ON c.id = l.connection_id WHERE c.name = ?2)",
        (now_us, name),
    )
    return changed > 0


def _give_back(db: sqlite3.Connection, claim_id: int, ids: str) -> int:
    return db.execute(
        f"UPDATE events SET state = {WAITING}, claim_id = NULL WHERE id IN {_IDS} "  # noqa: S608
        f"AND claim_id = ? AND state IN ({CLAIMED}, {BEGUN})",
        (ids, claim_id),
    ).rowcount


def renew(db: sqlite3.Connection, claim_ids: Sequence[int], until_us: int, now_us: int) -> None:
    """Let leases end later."""
    db.execute(
        f"UPDATE claims SET until_us = ? WHERE id IN {_IDS}",  # noqa: S608
        (until_us, json.dumps(list(claim_ids))),
    )
    db.execute("UPDATE outbox SET clock_us = max(clock_us, ?)", (now_us,))


def recover(db: sqlite3.Connection, now_us: int) -> int:
    """Take back the events of claims whose lease is over."""
    over = db.execute("SELECT id, ids FROM claims WHERE until_us <= ?", (now_us,)).fetchall()
    for claim_id, ids in over:
        begun = [
            row[0]
            for row in db.execute(
                f"SELECT id FROM events WHERE id IN {_IDS} AND claim_id = ? AND state = {BEGUN}",  # noqa: S608
                (ids, claim_id),
            )
        ]
        if begun:
            doubt = Settlement(ids=begun, state="uncertain", reason=LEASE_OVER)
            _settle(db, claim_id, doubt, now_us)
        _give_back(db, claim_id, ids)
        db.execute("DELETE FROM claims WHERE id = ?", (claim_id,))
    return sum(len(json.loads(ids)) for _, ids in over)


def has_expired(db: sqlite3.Connection, now_us: int) -> bool:
    """Return whether the lease of a claim is over."""
    found = db.execute("SELECT 1 FROM claims WHERE until_us <= ? LIMIT 1", (now_us,)).fetchone()
    return found is not None
