"""Put events into the tables, within the bounds, and each of them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from portcall.errors import OutboxFullError
from portcall.outbox.clock import SECOND_US
from portcall.outbox.records import Bounds, Lane, NewEvent
from portcall.outbox.sqlite.tables import BEHIND, WAITING
from portcall.outbox.sqlite.transaction import Transaction

_INSERT: Final = """INSERT INTO events
    (id, lane_id, state, due_us, put_us, attempts, size, message_id, ordering_key)
    VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)"""
_SEEN: Final = """SELECT id FROM events
    WHERE message_id = ? AND lane_id = ? AND put_us > ? ORDER BY id DESC LIMIT 1"""


def lane_id_of(db: sqlite3.Connection, lane: Lane) -> tuple[int, int]:
    """Return the ids of a lane and of its connection; both are made if they are new."""
    connection_id = _id_of(db, "connections", "name", lane.connection)
    plan_id = _id_of(db, "plans", "plan", lane.plan)
    key = (connection_id, lane.action, plan_id, lane.pipeline)
    found = db.execute(
        "SELECT id FROM lanes WHERE connection_id = ? AND action = ? AND plan_id = ? AND pipeline = ?",
        key,
    ).fetchone()
    if found is None:
        found = db.execute(
            "INSERT INTO lanes (connection_id, action, plan_id, pipeline) VALUES (?, ?, ?, ?) "
            "RETURNING id",
            key,
        ).fetchone()
    return int(found[0]), connection_id


def known_lane(db: sqlite3.Connection, lane: Lane) -> tuple[int, int] | None:
    """Return the ids of a lane and of its connection; None if there is no such lane."""
    row = db.execute(
        "SELECT l.id, c.id FROM lanes l JOIN connections c ON c.id = l.connection_id "
        "JOIN plans p ON p.id = l.plan_id "
        "WHERE c.name = ? AND l.action = ? AND p.plan = ? AND l.pipeline = ?",
        (lane.connection, lane.action, lane.plan, lane.pipeline),
    ).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def _id_of(db: sqlite3.Connection, table: str, column: str, text: str) -> int:
    found = db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (text,)).fetchone()
    if found is None:
        found = db.execute(
            f"INSERT INTO {table} ({column}) VALUES (?) RETURNING id",
            (text,),
        ).fetchone()
    return int(found[0])


def put(
    transaction: Transaction,
    lane_ids: tuple[int, int],
    events: Sequence[NewEvent],
    bounds: Bounds,
    place: str,
) -> Sequence[int]:
    """Insert events; return their ids.

    Args:
        transaction: One that has begun.
        lane_ids: From `lane_id_of`.
        events: One or more.
        bounds: Of the outbox.
        place: Of the outbox, for messages.

    Raises:
        OutboxFullError: A bound is reached; nothing was inserted.
    """
    db, now_us = transaction.db, transaction.now_us
    lane_id, connection_id = lane_ids
    ids: list[int] = []
    rows: list[tuple[object, ...]] = []
    bodies: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    ordered: set[str] = set()
    since_us = now_us - int(bounds.window_s * SECOND_US)
    size = 0
    event_id = transaction.next_id
    for event in events:
        message_id, ordering_key = event.message_id, event.ordering_key
        if message_id is not None and bounds.window_s:
            known = _known(db, lane_id, message_id, since_us, seen)
            if known is not None:
                ids.append(known)
                continue
            seen[message_id] = event_id
        state, key = WAITING, None
        if ordering_key is not None:
            key = f"{connection_id}:{ordering_key}"
            state = BEHIND if key in ordered or _has_earlier(db, key) else WAITING
            ordered.add(key)
        due_us = now_us if event.due_us is None else event.due_us
        event_size = len(event.data)
        size += event_size
        rows.append((event_id, lane_id, state, due_us, now_us, event_size, message_id, key))
        bodies.append((event_id, event.data))
        ids.append(event_id)
        event_id += 1
    if rows:
        _check(transaction, len(rows), size, bounds, place)
        _insert(transaction, lane_id, rows, bodies, size)
        transaction.next_id = event_id
    return ids


def _insert(
    transaction: Transaction,
    lane_id: int,
    rows: Sequence[tuple[object, ...]],
    bodies: Sequence[tuple[int, str]],
    size: int,
) -> None:
    transaction.db.executemany(_INSERT, rows)
    transaction.db.executemany("INSERT INTO bodies (id, data) VALUES (?, ?)", bodies)
    transaction.hold(len(rows), size)
    transaction.count(lane_id, WAITING, len(rows))


def _known(
    db: sqlite3.Connection, lane_id: int, message_id: str, since_us: int, seen: dict[str, int]
) -> int | None:
    if (found := seen.get(message_id)) is not None:
        return found
    row = db.execute(_SEEN, (message_id, lane_id, since_us)).fetchone()
    return None if row is None else int(row[0])


def _has_earlier(db: sqlite3.Connection, key: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM events WHERE ordering_key = ? AND state < 4 LIMIT 1", (key,)
    ).fetchone()
    return found is not None


def _check(
    transaction: Transaction, more: int, more_bytes: int, bounds: Bounds, place: str
) -> None:
    held, held_bytes = transaction.held_events + more, transaction.held_bytes + more_bytes
    for most, wanted, what in (
        (bounds.events, held, "events"),
        (bounds.size_bytes, held_bytes, "bytes of events"),
    ):
        if wanted > most:
            raise OutboxFullError(
                f"the outbox {place} holds {most:,} {what} at most: deliver or drop some first; "
                "nothing was taken",
                transaction.held_events,
                transaction.held_bytes,
            )
