"""One transaction that writes, and the sums that it keeps: read once, written once, for all work in it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Final

from portcall.outbox.clock import MINUTE_US, Clock
from portcall.outbox.sqlite.tables import BEHIND, WAITING

_COUNT: Final = """INSERT INTO counts (lane_id, state, events) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET events = events + excluded.events"""


class Transaction:
    """A transaction that has begun.

    Args:
        db: The database.
        clock: The time in the outbox, which is never before the last one that was recorded.
        exchange_bytes: While the outbox holds fewer bytes, it keeps the last requests of dead letters.

    Attributes:
        next_id: The id of the next event or claim.
        held_events: Events that wait or are dead letters.
        held_bytes: Their bytes, and those of their last requests.
        now_us: The instant of the transaction.
    """

    def __init__(self, db: sqlite3.Connection, clock: Clock, exchange_bytes: int) -> None:
        self.exchange_bytes: Final = exchange_bytes
        self.db: Final = db
        self.next_id, self.held_events, self.held_bytes, known_us = db.execute(
            "SELECT next_id, held_events, held_bytes, clock_us FROM outbox"
        ).fetchone()
        clock.advance_to(known_us)
        self.now_us: Final = clock.now_us()
        self._before = self.next_id, self.held_events, self.held_bytes
        self._counts: Counter[tuple[int, int]] = Counter()
        self._ended: Counter[int] = Counter()

    def count(self, lane_id: int, state: int, change: int) -> None:
        """Note that so many more events of a lane are in a state; less than 0 for fewer."""
        self._counts[lane_id, WAITING if state == BEHIND else state] += change

    def end(self, lane_id: int, state: int, events: int) -> None:
        """Note that events of a lane got this last outcome now."""
        self.count(lane_id, state, events)
        self._ended[state] += events

    def hold(self, events: int, size_bytes: int) -> None:
        """Note that the outbox holds so many more events; less than 0 for fewer."""
        self.held_events += events
        self.held_bytes += size_bytes

    def finish(self) -> None:
        """Write the sums."""
        if (self.next_id, self.held_events, self.held_bytes) != self._before:
            self.db.execute(
                "UPDATE outbox SET next_id = ?, held_events = ?, held_bytes = ?, clock_us = ?",
                (self.next_id, self.held_events, self.held_bytes, self.now_us),
            )
        changes = [(*key, change) for key, change in self._counts.items() if change]
        self.db.executemany(_COUNT, changes)
        for state, events in self._ended.items():
            self.db.execute(
                "INSERT INTO outcomes (minute, state, events) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET events = events + excluded.events",
                (self.now_us // MINUTE_US, state, events),
            )
