"""Put events into the tables, within the bounds, and each of them once."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from portcall.errors import OutboxFullError
from portcall.outbox.clock import SECOND_US
from portcall.outbox.records import Bounds, Lane, NewEvent
from portcall.outbox.sqlite_counts import add_counts
from portcall.outbox.sqlite_schema import BEHIND, WAITING

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


def _id_of(db: sqlite3.Connection, table: str, column: str, text: str) -> int:
    found = db.execute(f"SELECT id FROM {table} WHERE {column} = ?", (text,)).fetchone()  # noqa: S608
    if found is None:
        found = db.execute(
            f"INSERT INTO {table} ({column}) VALUES (?) RETURNING id",  # noqa: S608
            (text,),
        ).fetchone()
    return int(found[0])


def put(
    db: sqlite3.Connection,
    lane: Lane,
    events: Sequence[NewEvent],
    *,
    now_us: int,
    bounds: Bounds,
    place: str,
) -> Sequence[int]:
    """Insert events in the transaction of *db*; return their ids.

    Args:
        db: In a transaction that writes.
        lane: What they have in common.
        events: One or more.
        now_us: The instant in the outbox.
        bounds: Of the outbox.
        place: Of the outbox, for messages.

    Raises:
        OutboxFullError: A bound is reached; nothing was inserted.
    """
    lane_id, connection_id = lane_id_of(db, lane)
    next_id, held, held_bytes = db.execute(
        "SELECT next_id, held_events, held_bytes FROM outbox"
    ).fetchone()
    ids: list[int] = []
    rows: list[tuple[object, ...]] = []
    bodies: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    ordered: set[str] = set()
    since_us = now_us - int(bounds.window_s * SECOND_US)
    size = 0
    for event in events:
        known = _known(db, lane_id, event, since_us, seen) if bounds.window_s else None
        if known is not None:
            ids.append(known)
            continue
        event_id = next_id + len(rows)
        if event.message_id is not None:
            seen[event.message_id] = event_id
        key = None if event.ordering_key is None else f"{connection_id}:{event.ordering_key}"
        state = WAITING
        if key is not None:
            state = BEHIND if key in ordered or _has_earlier(db, key) else WAITING
            ordered.add(key)
        due_us = now_us if event.due_us is None else event.due_us
        event_size = len(event.data)
        size += event_size
        rows.append((event_id, lane_id, state, due_us, now_us, event_size, event.message_id, key))
        bodies.append((event_id, event.data))
        ids.append(event_id)
    if not rows:
        return ids
    _check(held + len(rows), held_bytes + size, bounds, place)
    db.executemany(_INSERT, rows)
    db.executemany("INSERT INTO bodies (id, data) VALUES (?, ?)", bodies)
    db.execute(
        "UPDATE outbox SET next_id = next_id + ?, held_events = held_events + ?, "
        "held_bytes = held_bytes + ?, clock_us = max(clock_us, ?)",
        (len(rows), len(rows), size, now_us),
    )
    add_counts(db, lane_id, {WAITING: len(rows)})
    return ids


def _known(
    db: sqlite3.Connection, lane_id: int, event: NewEvent, since_us: int, seen: dict[str, int]
) -> int | None:
    if event.message_id is None:
        return None
    if (found := seen.get(event.message_id)) is not None:
        return found
    row = db.execute(_SEEN, (event.message_id, lane_id, since_us)).fetchone()
    return None if row is None else int(row[0])


def _has_earlier(db: sqlite3.Connection, key: str) -> bool:
    found = db.execute(
        "SELECT 1 FROM events WHERE ordering_key = ? AND state < 4 LIMIT 1", (key,)
    ).fetchone()
    return found is not None


def _check(held: int, held_bytes: int, bounds: Bounds, place: str) -> None:
    if held > bounds.events:
        raise OutboxFullError(
            f"the outbox {place} holds {bounds.events:,} events at most: deliver or drop some first; "
            "nothing was taken",
            held,
            held_bytes,
        )
    if held_bytes > bounds.size_bytes:
        raise OutboxFullError(
            f"the outbox {place} holds {bounds.size_bytes:,} bytes of events at most: deliver or drop "
            "some first; nothing was taken",
            held,
            held_bytes,
        )
