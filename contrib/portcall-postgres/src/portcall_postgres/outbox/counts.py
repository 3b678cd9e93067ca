"""How many events of each lane are in each state, as changes that are summed up when the status is read."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Final

from portcall import OutboxFullError
from portcall.outbox.authors import MINUTE_US, Bounds
from portcall_postgres.outbox.tables import DELIVERED, SKIPPED
from portcall_postgres.outbox.transaction import Transaction

FRESH_S: Final = 1.0
MANY: Final = 1000
MINUTES: Final = 10  # that are summed up each minute

_ADD: Final = "INSERT INTO @counts (lane_id, state, events, size) VALUES (%s, %s, %s, %s)"
_ADD_ENDED: Final = """WITH ended AS (INSERT INTO @outcomes (minute, state, events) VALUES (%s, %s, %s))
    INSERT INTO @counts (lane_id, state, events, size) VALUES (%s, %s, %s, %s)"""
_SUM_UP_OUTCOMES: Final = """WITH gone AS (DELETE FROM @outcomes WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM @outcomes WHERE minute >= %s AND minute < %s LIMIT 100000
        FOR UPDATE SKIP LOCKED)) RETURNING *)
    INSERT INTO @outcomes SELECT minute, state, sum(events) FROM gone GROUP BY minute, state"""
_HELD: Final = f"""SELECT coalesce(sum(events), 0)::bigint, coalesce(sum(size), 0)::bigint, count(*)
    FROM @counts WHERE state NOT IN ({DELIVERED}, {SKIPPED})"""
_SUM_UP: Final = """WITH gone AS (DELETE FROM @counts WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM @counts LIMIT 100000 FOR UPDATE SKIP LOCKED)) RETURNING *)
    INSERT INTO @counts SELECT lane_id, state, sum(events), sum(size) FROM gone
    GROUP BY lane_id, state HAVING sum(events) <> 0 OR sum(size) <> 0"""


def add_counts(
    transaction: Transaction, lane_id: int, changes: Mapping[int, tuple[int, int]]
) -> None:
    """Change the counts of a lane; those that wait and those under way are counted as one.

    Args:
        transaction: In a transaction.
        lane_id: Of the lane.
        changes: How many more events are in each state, and their bytes; less than 0 for fewer.
    """
    for state, (events, size) in changes.items():
        if state >= DELIVERED and events > 0:  # they have just got their last outcome
            minute = transaction.now_us // MINUTE_US
            transaction.run(_ADD_ENDED, minute, state, events, lane_id, state, events, size)
        elif events or size:
            transaction.run(_ADD, lane_id, state, events, size)


def sum_up(transaction: Transaction) -> None:
    """Put one row in the place of many."""
    transaction.run(_SUM_UP)


def sum_up_outcomes(transaction: Transaction, until_us: int) -> None:
    """Put one row in the place of many for each of the last minutes, and forget those before an instant."""
    minute = transaction.now_us // MINUTE_US
    transaction.run(_SUM_UP_OUTCOMES, minute - MINUTES, minute)
    transaction.run("DELETE FROM @outcomes WHERE minute < %s", until_us // MINUTE_US)


class Room:
    """What an outbox may still take: what is held, as it was at most a second ago, and what was put since.

    Args:
        bounds: Of the outbox.
        place: Of the outbox, for messages.
    """

    def __init__(self, bounds: Bounds, place: str) -> None:
        self._bounds: Final = bounds
        self._place: Final = place
        self._lock: Final = Lock()
        self._events = 0
        self._size = 0
        self._ends = 0.0

    def take(self, transaction: Transaction, events: int, size: int) -> None:
        """Take room for events.

        Raises:
            OutboxFullError: There is none.
        """
        with self._lock:
            is_fresh = time.monotonic() < self._ends
            if not is_fresh or self._fault(events, size):
                self._read(transaction)
            if fault := self._fault(events, size):
                raise OutboxFullError(
                    f"the outbox {self._place} holds {fault} at most: deliver or drop some first; nothing "
                    "was taken",
                    self._events,
                    self._size,
                )
            self._events += events
            self._size += size

    def exchanges(self, transaction: Transaction, size: int) -> int:
        """Return for how many dead letters there is room to keep a last request of this size."""
        with self._lock:
            if time.monotonic() >= self._ends:
                self._read(transaction)
            return max(0, self._bounds.exchange_bytes - self._size) // size

    def _fault(self, events: int, size: int) -> str:
        bounds = self._bounds
        if self._events + events > bounds.events:
            return f"{bounds.events:,} events"
        return f"{bounds.size_bytes:,} bytes of events" * (self._size + size > bounds.size_bytes)

    def _read(self, transaction: Transaction) -> None:
        row = transaction.row(_HELD)
        self._events, self._size, rows = row or (0, 0, 0)
        self._ends = time.monotonic() + FRESH_S
        if rows > MANY:
            sum_up(transaction)
