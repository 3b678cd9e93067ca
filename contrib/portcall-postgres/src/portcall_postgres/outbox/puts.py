"""Put events into the tables, within the bounds, and each of them once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from psycopg import errors

from portcall import OutboxUnavailableError
from portcall.outbox.authors import Lane, NewEvent
from portcall_postgres.outbox.counts import Room
from portcall_postgres.outbox.transaction import Transaction

_MARK_BYTES: Final = 16
_ROUNDS: Final = 5

_CONNECTION: Final = """WITH made AS (INSERT INTO @connections (name) VALUES (%s)
        ON CONFLICT (name) DO NOTHING RETURNING id)
    SELECT id FROM made UNION ALL SELECT id FROM @connections WHERE name = %s LIMIT 1"""
_PLAN: Final = """WITH made AS (INSERT INTO @plans (digest, plan) VALUES (%s, %s)
        ON CONFLICT (digest) DO NOTHING RETURNING id)
    SELECT id FROM made UNION ALL SELECT id FROM @plans WHERE digest = %s LIMIT 1"""
_LANE: Final = """WITH made AS (INSERT INTO @lanes (connection_id, action, plan_id, pipeline)
        VALUES (%s, %s, %s, %s) ON CONFLICT (connection_id, action, plan_id, pipeline) DO NOTHING
        RETURNING id)
    SELECT id FROM made UNION ALL SELECT id FROM @lanes
    WHERE connection_id = %s AND action = %s AND plan_id = %s AND pipeline = %s LIMIT 1"""
# Of two that put the same messages at once, one waits for the other: inserted in the order of their digests,
# whatever order they are given in, they never wait for each other.
_PUT: Final = """WITH given AS MATERIALIZED (
        SELECT nextval('@ids') AS id, g.* FROM unnest(%s::text[], %s::bigint[], %s::bigint[],
            %s::text[], %s::bytea[], %s::text[], %s::bytea[]) WITH ORDINALITY
        AS g (data, due_us, size, message_id, message_digest, ordering_key, order_digest, place)),
    kept AS (
        INSERT INTO @events (id, lane_id, state, due_us, put_us, size, message_id, message_digest,
            ordering_key, order_digest)
        SELECT id, %s, 0, due_us, %s, size, message_id, message_digest, ordering_key, order_digest
        FROM given ORDER BY message_digest, place
        ON CONFLICT (message_digest, lane_id) WHERE message_digest IS NOT NULL DO NOTHING
        RETURNING id),
    bodies AS (INSERT INTO @bodies SELECT id, data FROM given WHERE id IN (SELECT id FROM kept)),
    counted AS (INSERT INTO @counts SELECT %s, 0, count(*), sum(size) FROM given
        WHERE id IN (SELECT id FROM kept) HAVING count(*) > 0)
    SELECT given.place - 1, kept.id FROM given JOIN kept ON kept.id = given.id"""
_SEEN: Final = """SELECT e.message_digest, e.id, e.put_us FROM unnest(%s::bytea[]) AS given (digest)
    JOIN @events e ON e.message_digest = given.digest AND e.lane_id = %s"""
_FORGET: Final = """UPDATE @events SET message_digest = NULL WHERE id = ANY(ARRAY(
    SELECT id FROM @events WHERE message_digest = ANY(%s) AND lane_id = %s AND put_us <= %s
    ORDER BY id FOR UPDATE))"""


def lane_of(transaction: Transaction, lane: Lane) -> tuple[int, int]:
    """Return the ids of a lane and of its connection; both are made if they are new."""
    connection_id = connection_of(transaction, lane.connection)
    digest = digest_of(lane.plan)
    plan_id = _id(transaction, _PLAN, digest, lane.plan, digest)
    key = (connection_id, lane.action, plan_id, lane.pipeline)
    return _id(transaction, _LANE, *key, *key), connection_id


def connection_of(transaction: Transaction, name: str) -> int:
    """Return the id of a connection; it is made if it is new."""
    return _id(transaction, _CONNECTION, name, name)


def _id(transaction: Transaction, statement: str, *arguments: object) -> int:
    # Of two that make the same row at once, the second one sees it when it asks once more.
    row = transaction.row(statement, *arguments) or transaction.row(statement, *arguments)
    if row is None:
        raise OutboxUnavailableError("a row of the outbox was removed by others: try again")
    return int(row[0])


def digest_of(*texts: str) -> bytes:
    """Return what stands for texts in an index, however long they are."""
    return sha256("\0".join(texts).encode("utf-8", "surrogatepass")).digest()[:16]


def printable(text: str | None) -> str | None:
    """Return a text as PostgreSQL can keep it: without U+0000 and halves of surrogate pairs."""
    if text is None:
        return None
    return text.replace("\0", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode()


def marks_of(events: Sequence[NewEvent], window_s: float) -> Sequence[bytes]:
    """Return what each event is known by: its ``messageId``, or a number that no other event has.

    With the same marks, a put may be done again whose answer was lost.
    """
    return [
        digest_of(event.message_id)
        if window_s and event.message_id is not None
        else os.urandom(_MARK_BYTES)
        for event in events
    ]


def put(
    transaction: Transaction,
    lane: tuple[int, int],
    events: Sequence[NewEvent],
    digests: Sequence[bytes],
    *,
    room: Room,
    since_us: int,
) -> Sequence[int]:
    """Insert events in a transaction, or one event without; return the id of each.

    Args:
        transaction: In a transaction, unless there is one event.
        lane: The ids of the lane and of its connection.
        events: One or more.
        digests: Their marks, from `marks_of`.
        room: What the outbox may still take.
        since_us: An event is known if another one with its mark was put after this instant.

    Raises:
        OutboxFullError: A bound is reached; nothing was inserted.
    """
    lane_id, _ = lane
    if len(events) > 1:
        pairs = zip(events, digests, strict=True)
        named = [digest for event, digest in pairs if event.message_id is not None]
        _forget(transaction, lane_id, named, since_us)
    ids = [0] * len(events)
    left = list(range(len(events)))
    for _ in range(_ROUNDS):
        room.take(transaction, len(left), sum(len(events[place].data) for place in left))
        inserted = _insert(transaction, lane, [(events[place], digests[place]) for place in left])
        for at, event_id in inserted:
            ids[left[at]] = event_id
        left = [place for place in left if not ids[place]]
        known = _known(transaction, lane_id, [digests[place] for place in left], since_us)
        for place in left:
            ids[place] = known.get(digests[place], 0)
        left = [place for place in left if not ids[place]]
        if not left:
            return ids
        if len(events) > 1:  # to insert those now, after others, would be out of their order
            raise errors.SerializationFailure("events with these messages were dropped meanwhile")
        _forget(transaction, lane_id, digests, since_us)
    raise OutboxUnavailableError("others put the same events at the same time: try again")


def _insert(
    transaction: Transaction, lane: tuple[int, int], fresh: Sequence[tuple[NewEvent, bytes]]
) -> list[tuple[int, int]]:
    """Insert events whose marks are new; return the place of each in *fresh*, and its id."""
    lane_id, connection_id = lane
    now_us = transaction.now_us
    rows = transaction.rows(
        _PUT,
        [event.data for event, _ in fresh],
        [now_us if event.due_us is None else event.due_us for event, _ in fresh],
        [len(event.data) for event, _ in fresh],
        [printable(event.message_id) for event, _ in fresh],
        [digest for _, digest in fresh],
        [printable(event.ordering_key) for event, _ in fresh],
        [_order(connection_id, event.ordering_key) for event, _ in fresh],
        lane_id,
        now_us,
        lane_id,
    )
    return [(place, event_id) for place, event_id in rows]


def _order(connection_id: int, key: str | None) -> bytes | None:
    return None if key is None else digest_of(f"{connection_id}", key)


def _known(
    transaction: Transaction, lane_id: int, digests: Sequence[bytes], since_us: int
) -> dict[bytes, int]:
    """Return the events that were put within the window."""
    if not digests:
        return {}
    rows = transaction.rows(_SEEN, list(digests), lane_id)
    return {bytes(digest): event_id for digest, event_id, put_us in rows if put_us > since_us}


def _forget(
    transaction: Transaction, lane_id: int, digests: Sequence[bytes], since_us: int
) -> None:
    """Forget the messages of events that were put before the window."""
    if digests:
        transaction.run(_FORGET, list(digests), lane_id, since_us)
