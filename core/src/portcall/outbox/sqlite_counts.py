"""How many events of each lane are in each state, kept with every change so that no question scans them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final

from portcall.outbox.records import State
from portcall.outbox.sqlite_schema import (
    BEGUN,
    BEHIND,
    CLAIMED,
    DEAD,
    DELIVERED,
    REJECTED,
    SKIPPED,
    UNCERTAIN,
    WAITING,
)

STATE_OF: Final[Mapping[int, State]] = {
    WAITING: "waiting",
    BEHIND: "waiting",
    CLAIMED: "under_way",
    BEGUN: "under_way",
    DELIVERED: "delivered",
    SKIPPED: "skipped",
    REJECTED: "rejected",
    UNCERTAIN: "uncertain",
    DEAD: "dead",
}
NUMBER_OF: Final[Mapping[State, int]] = {
    "waiting": WAITING,
    "delivered": DELIVERED,
    "skipped": SKIPPED,
    "rejected": REJECTED,
    "uncertain": UNCERTAIN,
    "dead": DEAD,
}
NUMBERS_OF: Final[Mapping[State, tuple[int, ...]]] = {
    state: tuple(number for number, name in STATE_OF.items() if name == state)
    for state in set(STATE_OF.values())
}


def add_counts(db: sqlite3.Connection, lane_id: int, changes: Mapping[int, int]) -> None:
    """Change the counts of a lane; those that wait and those under way are counted as one.

    Args:
        db: In a transaction that writes.
        lane_id: Of the lane.
        changes: How many more events are in each state; less than 0 for fewer.
    """
    for state, change in changes.items():
        if change:
            db.execute(
                "INSERT INTO counts (lane_id, state, events) VALUES (?1, ?2, ?3) "
                "ON CONFLICT DO UPDATE SET events = events + ?3",
                (lane_id, state, change),
            )


def hold_less(db: sqlite3.Connection, events: int, size: int, now_us: int) -> None:
    """Count events that the outbox does not hold any more; less than 0 for those that it holds again."""
    db.execute(
        "UPDATE outbox SET held_events = held_events - ?, held_bytes = held_bytes - ?, "
        "clock_us = max(clock_us, ?)",
        (events, size, now_us),
    )
