"""Questions to the tables, and what an operator changes in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from portcall.outbox.authors import (
    MINUTE_US,
    STATES,
    Bounds,
    ConnectionStatus,
    Entry,
    OutboxStatus,
    State,
    Wanted,
    aware,
    minutes,
    to_datetime,
)
from portcall_postgres.advisory_locks import lock_number
from portcall_postgres.outbox.claiming import let_next
from portcall_postgres.outbox.counting import add_counts
from portcall_postgres.outbox.database import Tables
from portcall_postgres.outbox.putting import digest_of
from portcall_postgres.outbox.tables import (
    BEGUN,
    BEHIND,
    CLAIMED,
    DELIVERED,
    SKIPPED,
    STATE_OF,
    STEPS,
    WAITING,
)

_OVER: Final = f"{DELIVERED}, {SKIPPED}"
_HELD: Final = f"""SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(size), 0)::bigint
    FROM @counts WHERE state NOT IN ({_OVER})"""
_COUNTS: Final = """SELECT l.connection_id, n.state, sum(n.events)::bigint FROM @counts n
    JOIN @lanes l ON l.id = n.lane_id GROUP BY 1, 2"""
_UNDER_WAY: Final = f"""SELECT k.connection_id, count(*) FROM @claims k
    JOIN @events e ON e.claim_id = k.id AND e.state IN ({CLAIMED}, {BEGUN}) GROUP BY 1"""
_CONNECTIONS: Final = """SELECT c.id, c.name, c.parked, c.parked_us, c.generation, c.failures,
        c.opens_us, c.trouble, (SELECT min((SELECT due_us FROM @events
            WHERE lane_id = l.id AND state = 0 ORDER BY due_us LIMIT 1))
        FROM @lanes l WHERE l.connection_id = c.id) FROM @connections c ORDER BY c.name COLLATE "C" """
_ENTRY: Final = """SELECT e.id, c.name, l.action, l.pipeline, p.plan, b.data, e.state, e.outcome,
    e.reason, e.field, e.attempts, e.put_us, e.due_us, e.ended_us, e.ordering_key, e.message_id, e.size,
    {} FROM @events e JOIN @lanes l ON l.id = e.lane_id JOIN @connections c ON c.id = l.connection_id
    JOIN @plans p ON p.id = l.plan_id LEFT JOIN @bodies b ON b.id = e.id"""
_ENDED: Final = """SELECT state, greatest(0, minute * %s - %s) / %s, sum(events) FROM @outcomes
    WHERE minute >= %s AND minute < %s GROUP BY 1, 2"""
_EXCHANGE: Final = "(SELECT data FROM @exchanges x WHERE x.id = e.id)"
_LOCKED: Final = """SELECT id, lane_id, state, order_digest, size FROM @events
    WHERE id = ANY(%s) AND state {} ORDER BY id FOR UPDATE"""
# What lets others go next locks rows that may come before those it began with: one at a time does that.
_ALONE: Final = "SELECT pg_advisory_xact_lock(%s)"
_RETRY: Final = f"""UPDATE @events SET state = %s, due_us = %s, ended_us = NULL, claim_id = NULL,
    attempts = CASE WHEN state = {WAITING} THEN attempts ELSE 0 END WHERE id = ANY(%s)"""
_PURGED: Final = f"""DELETE FROM @events WHERE id = ANY(ARRAY(SELECT id FROM @events
        WHERE state = %s AND state > 3 AND ended_us < %s ORDER BY ended_us LIMIT %s
        FOR UPDATE SKIP LOCKED)) AND state IN ({_OVER}) RETURNING lane_id, size"""
_CLEARED: Final = """DELETE FROM @suspects WHERE id = ANY(ARRAY(SELECT s.id FROM @suspects s
    WHERE NOT EXISTS (SELECT 1 FROM @events e WHERE e.id = s.id AND e.state < 4)
    ORDER BY s.id FOR UPDATE SKIP LOCKED))"""
_FORGOTTEN: Final = "DELETE FROM @exchanges WHERE id = ANY(%s) RETURNING id, length(data)"


def status(tables: Tables, place: str, bounds: Bounds) -> OutboxStatus:
    """Return what there is; it costs the same however many events there are."""
    tables.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # one state of everything
    held, held_bytes = tables.row(_HELD) or (0, 0)
    counts: dict[int, dict[State, int]] = {}
    for connection_id, state, events in tables.rows(_COUNTS):
        counts.setdefault(connection_id, {})[STATE_OF[state]] = events
    for connection_id, claimed in tables.rows(_UNDER_WAY):
        mine = counts.setdefault(connection_id, {})
        mine["under_way"] = claimed
        mine["waiting"] = mine.get("waiting", 0) - claimed
    connections = [_connection(row, counts.get(row[0], {})) for row in tables.rows(_CONNECTIONS)]
    oldest = [each.oldest_due_at for each in connections if each.oldest_due_at is not None]
    return OutboxStatus(
        place=place,
        counts={state: sum(each.counts[state] for each in connections) for state in STATES},
        held_events=held,
        held_bytes=held_bytes,
        bounds=bounds,
        oldest_due_at=min(oldest, default=None),
        connections=connections,
        schema_version=len(STEPS),
    )


def _connection(row: Sequence[Any], counts: dict[State, int]) -> ConnectionStatus:
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


def ended(tables: Tables, since_us: int, step_us: int, steps: int) -> list[tuple[State, int, int]]:
    """Return how many events got their last outcome in each span of time, from what is counted by minutes."""
    rows = tables.rows(_ENDED, MINUTE_US, since_us, step_us, *minutes(since_us, step_us, steps))
    return [(STATE_OF[state], int(step), int(events)) for state, step, events in rows]


def entries(tables: Tables, wanted: Wanted) -> Sequence[Entry]:
    """Return the events that are wanted, the latest first."""
    terms, given = _terms(wanted)
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    selected = _ENTRY.format(_EXCHANGE if wanted.exchanges else "NULL")
    rows = tables.rows(f"{selected} {where} ORDER BY e.id DESC LIMIT %s", *given, wanted.limit)
    return [_entry(row) for row in rows]


def entry(tables: Tables, event_id: int) -> Entry | None:
    """Return one event."""
    row = tables.row(f"{_ENTRY.format(_EXCHANGE)} WHERE e.id = %s", event_id)
    return None if row is None else _entry(row)


def _terms(wanted: Wanted) -> tuple[list[str], list[object]]:
    terms: list[str] = []
    given: list[object] = []
    for term, value in (
        ("c.name = %s", wanted.connection),
        ("l.action = %s", wanted.action),
        ("l.pipeline = %s", wanted.pipeline),
        ("e.outcome = %s", wanted.outcome),
        ("position(%s IN e.reason) > 0", wanted.reason),
        ("coalesce(e.ended_us, e.put_us) >= %s", wanted.since_us),
        ("e.id < %s", wanted.before),
    ):
        if value is not None:
            terms.append(term)
            given.append(value)
    if wanted.message_id is not None:
        terms.append("(e.message_digest = %s OR e.message_id = %s)")
        given += [digest_of(wanted.message_id), wanted.message_id]
    if wanted.states is not None:
        numbers = [number for number, state in STATE_OF.items() if state in wanted.states]
        terms.append("e.state = ANY(%s)")
        given.append(numbers)
        if min(numbers, default=0) >= DELIVERED:
            terms.append("e.state > 3")  # as the index has it
        elif wanted.outcome and max(numbers, default=0) < DELIVERED:
            terms.append("e.state < 4 AND e.outcome <> ''")
    return terms, given


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(
        id=row[0],
        connection=row[1],
        action=row[2],
        pipeline=row[3],
        plan=json.loads(row[4]),
        event=None if row[5] is None else json.loads(row[5]),
        state=STATE_OF[row[6]],
        outcome=row[7],
        reason=row[8],
        field=row[9],
        attempts=row[10],
        put_at=aware(row[11]),
        due_at=aware(row[12]),
        ended_at=to_datetime(row[13]),
        ordering_key=row[14],
        message_id=row[15],
        size_bytes=row[16],
        exchange=None if row[17] is None else json.loads(row[17]),
    )


def retry(tables: Tables, ids: Sequence[int]) -> int:
    """Let dead letters, and events that wait for another attempt, be sent now."""
    tables.run(_ALONE, lock_number("outbox operator"))
    rows = tables.rows(_LOCKED.format(f"NOT IN ({BEHIND}, {CLAIMED}, {BEGUN}, {_OVER})"), list(ids))
    waiting = [row[0] for row in rows if row[2] == WAITING]
    tables.run(_RETRY, WAITING, tables.now_us, waiting)
    dead = [row for row in rows if row[2] != WAITING]
    for is_ordered in (False, True):
        mine = [row[0] for row in dead if (row[3] is not None) is is_ordered]
        tables.run(_RETRY, BEHIND if is_ordered else WAITING, tables.now_us, mine)
    _forget_exchanges(tables, dead)
    tables.run("DELETE FROM @suspects WHERE id = ANY(%s)", [row[0] for row in dead])
    for _, lane_id, state, _, size in dead:
        add_counts(tables, lane_id, {state: (-1, -size), WAITING: (1, size)})
    let_next(tables, [row[3] for row in dead])
    return len(rows)


def _forget_exchanges(tables: Tables, rows: Sequence[tuple[Any, ...]]) -> None:
    """Forget the last requests of dead letters, given as `_LOCKED` selects them."""
    of = {event_id: (lane_id, state) for event_id, lane_id, state, _, _ in rows}
    gone = tables.rows(_FORGOTTEN, list(of))
    for lane_id, state in {of[event_id] for event_id, _ in gone}:
        size = sum(size for event_id, size in gone if of[event_id] == (lane_id, state))
        add_counts(tables, lane_id, {state: (0, -size)})


def drop(tables: Tables, ids: Sequence[int]) -> int:
    """Forget events that are not under way."""
    tables.run(_ALONE, lock_number("outbox operator"))
    rows = tables.rows(_LOCKED.format(f"NOT IN ({CLAIMED}, {BEGUN})"), list(ids))
    gone = [row[0] for row in rows]
    tables.run("DELETE FROM @events WHERE id = ANY(%s)", gone)
    tables.run("DELETE FROM @bodies WHERE id = ANY(%s)", gone)
    _forget_exchanges(tables, rows)
    for _, lane_id, state, _, size in rows:
        add_counts(tables, lane_id, {WAITING if state == BEHIND else state: (-1, -size)})
    let_next(tables, [row[3] for row in rows])
    return len(rows)


def replace(tables: Tables, event_id: int, data: str) -> bool:
    """Put other JSON in the place of an event."""
    rows = tables.rows(_LOCKED.format(f"NOT IN ({CLAIMED}, {BEGUN}, {_OVER})"), [event_id])
    for _, lane_id, state, _, size in rows:
        tables.run("UPDATE @bodies SET data = %s WHERE id = %s", data, event_id)
        tables.run("UPDATE @events SET size = %s WHERE id = %s", len(data), event_id)
        add_counts(tables, lane_id, {WAITING if state == BEHIND else state: (0, len(data) - size)})
    return bool(rows)


def purge(tables: Tables, until_us: int, most: int) -> int:
    """Forget events that were delivered or skipped before an instant."""
    gone = 0
    for state in (DELIVERED, SKIPPED):
        rows = tables.rows(_PURGED, state, until_us, most - gone)
        gone += len(rows)
        for lane_id in {row[0] for row in rows}:
            sizes = [size for lane, size in rows if lane == lane_id]
            add_counts(tables, lane_id, {state: (-len(sizes), -sum(sizes))})
    tables.run(_CLEARED)
    return gone
