"""The tables of an outbox in SQLite, version by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from portcall.outbox.records import State

APPLICATION_ID: Final = (
    0x706F6278  # "pobx": marks the file as an outbox rather than another program's database
)

WAITING: Final = 0
BEHIND: Final = 1  # another event with the same ordering key goes first
DELIVERED: Final = 4
SKIPPED: Final = 5
REJECTED: Final = 6
UNCERTAIN: Final = 7
DEAD: Final = 8

STATE_OF: Final[Mapping[int, State]] = {
    WAITING: "waiting",
    BEHIND: "waiting",
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

# A claim names its events, which stay as they are: so a claim writes one row, and no more when it ends.
# A body is written once and read once: in a table of its own, no change of its event's state copies it.
_FIRST: Final = (
    """CREATE TABLE outbox (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        next_id INTEGER NOT NULL, held_events INTEGER NOT NULL, held_bytes INTEGER NOT NULL,
        clock_us INTEGER NOT NULL)""",
    "INSERT INTO outbox VALUES (1, 1, 0, 0, 0)",
    """CREATE TABLE connections (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
        parked TEXT, parked_us INTEGER, generation INTEGER,
        failures INTEGER NOT NULL DEFAULT 0, opens_us INTEGER NOT NULL DEFAULT 0,
        trouble TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE plans (id INTEGER PRIMARY KEY, plan TEXT NOT NULL UNIQUE)",
    """CREATE TABLE lanes (
        id INTEGER PRIMARY KEY, connection_id INTEGER NOT NULL, action TEXT NOT NULL,
        plan_id INTEGER NOT NULL, pipeline TEXT NOT NULL,
        UNIQUE (connection_id, action, plan_id, pipeline))""",
    """CREATE TABLE counts (
        lane_id INTEGER NOT NULL, state INTEGER NOT NULL, events INTEGER NOT NULL,
        PRIMARY KEY (lane_id, state)) WITHOUT ROWID""",
    """CREATE TABLE events (
        id INTEGER PRIMARY KEY, lane_id INTEGER NOT NULL, state INTEGER NOT NULL,
        due_us INTEGER NOT NULL, put_us INTEGER NOT NULL, attempts INTEGER NOT NULL,
        size INTEGER NOT NULL, claim_id INTEGER, ended_us INTEGER,
        message_id TEXT, ordering_key TEXT,
        outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
        field TEXT NOT NULL DEFAULT '')""",
    "CREATE TABLE bodies (id INTEGER PRIMARY KEY, data TEXT NOT NULL)",
    """CREATE TABLE claims (
        id INTEGER PRIMARY KEY, lane_id INTEGER NOT NULL, until_us INTEGER NOT NULL,
        ids TEXT NOT NULL, begun TEXT NOT NULL DEFAULT '[]')""",
    # Each index holds the rows that it is asked for, so that a claim costs the same however many wait.
    "CREATE INDEX events_due ON events (lane_id, due_us, id) WHERE state = 0",
    """CREATE INDEX events_in_order ON events (ordering_key, id)
        WHERE ordering_key IS NOT NULL AND state < 4""",
    "CREATE INDEX events_seen ON events (message_id, lane_id) WHERE message_id IS NOT NULL",
    "CREATE INDEX events_ended ON events (state, ended_us) WHERE state > 3",
)

# The last request of a dead letter and its answer; how many outcomes there were in each minute; and an index
# of the few events that wait after a failed attempt.
_SECOND: Final = (
    "CREATE TABLE exchanges (id INTEGER PRIMARY KEY, data TEXT NOT NULL)",
    """CREATE TABLE outcomes (
        minute INTEGER NOT NULL, state INTEGER NOT NULL, events INTEGER NOT NULL,
        PRIMARY KEY (minute, state)) WITHOUT ROWID""",
    """INSERT INTO outcomes SELECT ended_us / 60000000, state, count(*) FROM events
        WHERE state > 3 AND ended_us IS NOT NULL GROUP BY 1, 2""",
    "CREATE INDEX events_failed ON events (id) WHERE state < 4 AND outcome <> ''",
)

# The few events whose claim was lost, in a table of their own: a claim of others costs nothing more.
_THIRD: Final = (
    """CREATE TABLE suspects (
        id INTEGER PRIMARY KEY, lane_id INTEGER NOT NULL, lost INTEGER NOT NULL)""",
    "CREATE INDEX suspects_of_lane ON suspects (lane_id, lost)",
)

# The last requests of dead letters count as bytes that are held.
_FOURTH: Final = (
    """UPDATE outbox SET held_bytes = held_bytes
        + (SELECT coalesce(sum(length(data)), 0) FROM exchanges)""",
)

STEPS: Final[Sequence[Sequence[str]]] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""What leads from each version to the next."""
