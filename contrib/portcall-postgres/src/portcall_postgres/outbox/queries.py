"""Queries: the status of the outbox, and its events as people and programs see them."""

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
from portcall_postgres.outbox.puts import digest_of
from portcall_postgres.outbox.tables import BEGUN, CLAIMED, DELIVERED, OVER, STATE_OF, STEPS
from portcall_postgres.outbox.transaction import Transaction

_HELD: Final = f"""SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(size), 0)::bigint
    FROM @counts WHERE state NOT IN ({OVER})"""
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


def status(transaction: Transaction, place: str, bounds: Bounds) -> OutboxStatus:
    """Return what the outbox holds; the cost does not depend on how many events there are."""
    transaction.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")  # one state of everything
    held, held_bytes = transaction.row(_HELD) or (0, 0)
    counts: dict[int, dict[State, int]] = {}
    for connection_id, state, events in transaction.rows(_COUNTS):
        counts.setdefault(connection_id, {})[STATE_OF[state]] = events
    for connection_id, claimed in transaction.rows(_UNDER_WAY):
        mine = counts.setdefault(connection_id, {})
        mine["under_way"] = claimed
        mine["waiting"] = mine.get("waiting", 0) - claimed
    connections = [
        _connection(row, counts.get(row[0], {})) for row in transaction.rows(_CONNECTIONS)
    ]
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


def ended(
    transaction: Transaction, since_us: int, step_us: int, steps: int
) -> list[tuple[State, int, int]]:
    """Return how many events got their last outcome in each span of time, from the counts by minute."""
    rows = transaction.rows(
        _ENDED, MINUTE_US, since_us, step_us, *minutes(since_us, step_us, steps)
    )
    return [(STATE_OF[state], int(step), int(events)) for state, step, events in rows]


def entries(transaction: Transaction, wanted: Wanted) -> Sequence[Entry]:
    """Return the events that are wanted, the latest first."""
    terms, given = _terms(wanted)
    where = f"WHERE {' AND '.join(terms)}" if terms else ""
    selected = _ENTRY.format(_EXCHANGE if wanted.exchanges else "NULL")
    rows = transaction.rows(f"{selected} {where} ORDER BY e.id DESC LIMIT %s", *given, wanted.limit)
    return [_entry(row) for row in rows]


def entry(transaction: Transaction, event_id: int) -> Entry | None:
    """Return one event."""
    row = transaction.row(f"{_ENTRY.format(_EXCHANGE)} WHERE e.id = %s", event_id)
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
