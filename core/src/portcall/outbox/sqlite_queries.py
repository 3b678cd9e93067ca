"""Questions to the tables, and what an operator changes in them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from portcall.outbox.clock import MINUTE_US, aware, minutes, to_datetime
from portcall.outbox.records import (
    STATES,
    Bounds,
    ConnectionStatus,
    Entry,
    OutboxStatus,
    State,
    Wanted,
)
from portcall.outbox.sqlite_claims import CLAIMED, FIRST_DUE, IDS, forget_exchanges, let_next
from portcall.outbox.sqlite_schema import BEHIND, DELIVERED, SKIPPED, STEPS, WAITING
from portcall.outbox.sqlite_states import NUMBER_OF, STATE_OF
from portcall.outbox.sqlite_transaction import Transaction

_ENTRY: Final = """SELECT e.id, c.name, l.action, l.pipeline, p.plan, b.data, e.state, e.outcome,
    e.reason, e.field, e.attempts, e.put_us, e.due_us, e.ended_us, e.ordering_key, e.message_id, e.size,
    e.state = 0 AND e.id IN (SELECT i.value FROM claims k, json_each(k.ids) i), {}
    FROM events e JOIN lanes l ON l.id = e.lane_id JOIN connections c ON c.id = l.connection_id
    JOIN plans p ON p.id = l.plan_id LEFT JOIN bodies b ON b.id = e.id"""


OPEN: Final[frozenset[State]] = frozenset({"waiting", "under_way"})
_ENDED: Final = """SELECT state, max(0, minute * ? - ?) / ?, sum(events) FROM outcomes
    WHERE minute >= ? AND minute < ? GROUP BY 1, 2"""
_EXCHANGE: Final = "(SELECT data FROM exchanges x WHERE x.id = e.id)"


def status(db: sqlite3.Connection, place: str, bounds: Bounds) -> OutboxStatus:
    """Return what there is; it costs the same however many events there are."""
    held, held_bytes = db.execute("SELECT held_events, held_bytes FROM outbox").fetchone()
    counts: dict[int, dict[State, int]] = {}
    for connection_id, state, events in db.execute(
        "SELECT l.connection_id, n.state, sum(n.events) FROM counts n "
        "JOIN lanes l ON l.id = n.lane_id GROUP BY 1, 2"
    ):
        counts.setdefault(connection_id, {})[STATE_OF[state]] = events
    for connection_id, claimed in db.execute(
        "SELECT l.connection_id, count(*) FROM claims k JOIN json_each(k.ids) i "
        "JOIN events e ON e.id = i.value AND e.state = 0 JOIN lanes l ON l.id = k.lane_id GROUP BY 1"
    ):
        mine = counts.setdefault(connection_id, {})
        mine["under_way"] = claimed
        mine["waiting"] = mine.get("waiting", 0) - claimed
    connections = [
        _connection(row, counts.get(row[0], {}))
        for row in db.execute(
            "SELECT c.id, c.name, c.parked, c.parked_us, c.generation, c.failures, c.opens_us, "
            f"c.trouble, (SELECT min({FIRST_DUE}) FROM lanes l WHERE l.connection_id = c.id) "
            "FROM connections c ORDER BY c.name"
        )
    ]
    oldest = [each.oldest_due_at for each in connections if each.oldest_due_at is not None]
    return OutboxStatus(
        place=place,
        counts=_whole([each.counts for each in connections]),
        held_events=held,
        held_bytes=held_bytes,
        bounds=bounds,
        oldest_due_at=min(oldest, default=None),
        connections=connections,
        schema_version=len(STEPS),
    )


def _whole(several: Sequence[Mapping[State, int]]) -> dict[State, int]:
    return {state: sum(each[state] for each in several) for state in STATES}


def _connection(row: Sequence[Any], counts: Mapping[State, int]) -> ConnectionStatus:
    _, name, parked, parked_us, generation, failures, opens_us, trouble, due_us = row
    return ConnectionStatus(
        name=name,
        counts={state: counts.get(state, 0) for state in STATES},
        parked=parked or "",
        parked_at=to_datetime(parked_us),
        wants_authorization=generation is not None,
        trouble=trouble,
        failures=failures,
        retry_at=aware(opens_us) if failures else None,
        oldest_due_at=to_datetime(due_us),
    )


def ended(
    db: sqlite3.Connection, since_us: int, step_us: int, steps: int
) -> list[tuple[State, int, int]]:
    """Return how many events got their last outcome in each span of time, from what is counted by minutes."""
    rows = db.execute(_ENDED, (MINUTE_US, since_us, step_us, *minutes(since_us, step_us, steps)))
    return [(STATE_OF[state], step, events) for state, step, events in rows.fetchall()]


def entries(db: sqlite3.Connection, wanted: Wanted) -> Sequence[Entry]:
    """Return the events that are wanted, the latest first."""
    terms, given = _terms(wanted)
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    selected = _ENTRY.format(_EXCHANGE if wanted.exchanges else "NULL")
    rows = db.execute(f"{selected} {where} ORDER BY e.id DESC LIMIT ?", (*given, wanted.limit))
    return [_entry(row) for row in rows.fetchall()]


def entry(db: sqlite3.Connection, event_id: int) -> Entry | None:
    """Return one event."""
    row = db.execute(f"{_ENTRY.format(_EXCHANGE)} WHERE e.id = ?", (event_id,)).fetchone()
    return None if row is None else _entry(row)


def _terms(wanted: Wanted) -> tuple[list[str], list[object]]:
    terms: list[str] = []
    given: list[object] = []
    for term, value in (
        ("c.name = ?", wanted.connection),
        ("l.action = ?", wanted.action),
        ("l.pipeline = ?", wanted.pipeline),
        ("e.outcome = ?", wanted.outcome),
        ("instr(e.reason, ?) > 0", wanted.reason),
        ("e.message_id = ?", wanted.message_id),
        ("coalesce(e.ended_us, e.put_us) >= ?", wanted.since_us),
        ("e.id < ?", wanted.before),
    ):
        if value is not None:
            terms.append(term)
            given.append(value)
    if wanted.states is not None:
        terms.append(_of_states(wanted.states))
        if wanted.outcome and OPEN.issuperset(wanted.states):
            terms.append("e.state < 4 AND e.outcome <> ''")  # as the index has it
    return terms, given


def _of_states(states: Collection[State]) -> str:
    numbers = {NUMBER_OF[state] for state in states if state != "under_way"}
    if numbers and min(numbers) > BEHIND:
        return f"e.state > 3 AND e.state IN ({_listed(numbers)})"  # as the index has it
    ended = f"e.state IN ({_listed(numbers - {WAITING})})"
    open_, claimed = f"e.state <= {BEHIND}", f"e.id IN {CLAIMED}"
    if {"waiting", "under_way"} <= set(states):
        return f"({ended} OR {open_})"
    return f"({ended} OR ({open_} AND {'' if 'under_way' in states else 'NOT '}{claimed}))"


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _entry(row: Sequence[Any]) -> Entry:
    key: str | None = row[14]
    return Entry(
        id=row[0],
        connection=row[1],
        action=row[2],
        pipeline=row[3],
        plan=json.loads(row[4]),
        event=None if row[5] is None else json.loads(row[5]),
        state="under_way" if row[17] else STATE_OF[row[6]],
        outcome=row[7],
        reason=row[8],
        field=row[9],
        attempts=row[10],
        put_at=aware(row[11]),
        due_at=aware(row[12]),
        ended_at=to_datetime(row[13]),
        ordering_key=None if key is None else key.partition(":")[2],
        message_id=row[15],
        size_bytes=row[16],
        exchange=None if row[18] is None else json.loads(row[18]),
    )


def retry(transaction: Transaction, ids: Sequence[int]) -> int:
    """Let dead letters, and events that wait for another attempt, be sent now."""
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
    """Forget events that are not under way."""
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
    """Put other JSON in the place of an event."""
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
    """Forget events that were delivered or skipped before an instant."""
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
