"""Queries: the status of the outbox, and its events as people and programs see them."""

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
from portcall.outbox.sqlite.ready_lanes import CLAIMED, FIRST_DUE
from portcall.outbox.sqlite.tables import BEHIND, NUMBER_OF, STATE_OF, STEPS, WAITING

_ENTRY: Final = """SELECT e.id, c.name, l.action, l.pipeline, p.plan, b.data, e.state, e.outcome,
    e.reason, e.field, e.attempts, e.put_us, e.due_us, e.ended_us, e.ordering_key, e.message_id, e.size,
    e.state = 0 AND e.id IN (SELECT i.value FROM claims k, json_each(k.ids) i), {}
    FROM events e JOIN lanes l ON l.id = e.lane_id JOIN connections c ON c.id = l.connection_id
    JOIN plans p ON p.id = l.plan_id LEFT JOIN bodies b ON b.id = e.id"""
_OPEN: Final[frozenset[State]] = frozenset({"waiting", "under_way"})
_ENDED: Final = """SELECT state, max(0, minute * ? - ?) / ?, sum(events) FROM outcomes
    WHERE minute >= ? AND minute < ? GROUP BY 1, 2"""
_EXCHANGE: Final = "(SELECT data FROM exchanges x WHERE x.id = e.id)"


def status(db: sqlite3.Connection, place: str, bounds: Bounds) -> OutboxStatus:
    """Return what the outbox holds; the cost does not depend on how many events there are."""
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
    """Return how many events got their last outcome in each span of time, from the counts by minute."""
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
        if wanted.outcome and _OPEN.issuperset(wanted.states):
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
