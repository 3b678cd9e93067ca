"""The tables of an outbox in PostgreSQL, version by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from portcall.outbox.authors import State

WAITING: Final = 0
BEHIND: Final = 1  # another event with the same ordering key goes first
CLAIMED: Final = 2
BEGUN: Final = 3  # what is sent now must not be sent twice
DELIVERED: Final = 4
SKIPPED: Final = 5
REJECTED: Final = 6
UNCERTAIN: Final = 7
DEAD: Final = 8
OVER: Final = f"{DELIVERED}, {SKIPPED}"

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
    name: number for number, name in STATE_OF.items() if number not in {BEHIND, BEGUN}
}

# A table from which most rows soon go is vacuumed when a fiftieth of them is dead, not a fifth.
_BUSY: Final = "WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"

# A body is written once and read once: in a table of its own, no change of its event's state copies it.
# Counts are changes, which are only added and summed up later: no writer waits for another one's row.
_FIRST: Final = (
    "CREATE TABLE portcall_outbox (version INTEGER NOT NULL, identity TEXT NOT NULL)",
    """CREATE TABLE portcall_outbox_connections (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name TEXT NOT NULL UNIQUE,
        parked TEXT, parked_us BIGINT, generation BIGINT,
        failures INTEGER NOT NULL DEFAULT 0, opens_us BIGINT NOT NULL DEFAULT 0,
        trouble TEXT NOT NULL DEFAULT '')""",
    """CREATE TABLE portcall_outbox_plans (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        digest BYTEA NOT NULL UNIQUE, plan TEXT NOT NULL)""",
    """CREATE TABLE portcall_outbox_lanes (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, connection_id BIGINT NOT NULL,
        action TEXT NOT NULL, plan_id BIGINT NOT NULL, pipeline TEXT NOT NULL,
        UNIQUE (connection_id, action, plan_id, pipeline))""",
    f"""CREATE TABLE portcall_outbox_counts (
        lane_id BIGINT NOT NULL, state SMALLINT NOT NULL, events BIGINT NOT NULL,
        size BIGINT NOT NULL) {_BUSY}""",
    "CREATE SEQUENCE portcall_outbox_ids",
    f"""CREATE TABLE portcall_outbox_events (
        id BIGINT PRIMARY KEY, lane_id BIGINT NOT NULL, state SMALLINT NOT NULL,
        due_us BIGINT NOT NULL, put_us BIGINT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        size BIGINT NOT NULL, claim_id BIGINT, ended_us BIGINT,
        message_id TEXT, message_digest BYTEA, ordering_key TEXT, order_digest BYTEA,
        outcome TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '',
        field TEXT NOT NULL DEFAULT '') {_BUSY}""",
    f"CREATE TABLE portcall_outbox_bodies (id BIGINT PRIMARY KEY, data TEXT NOT NULL) {_BUSY}",
    f"""CREATE TABLE portcall_outbox_claims (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lane_id BIGINT NOT NULL,
        connection_id BIGINT NOT NULL, until_us BIGINT NOT NULL) {_BUSY}""",
    # Each index holds the rows that it is asked for, so that a claim costs the same however many wait.
    """CREATE INDEX portcall_outbox_due ON portcall_outbox_events (lane_id, due_us, id)
        WHERE state = 0""",
    """CREATE INDEX portcall_outbox_order ON portcall_outbox_events (order_digest, id)
        WHERE order_digest IS NOT NULL AND state < 4""",
    """CREATE INDEX portcall_outbox_order_busy ON portcall_outbox_events (order_digest)
        WHERE order_digest IS NOT NULL AND state IN (2, 3)""",
    """CREATE UNIQUE INDEX portcall_outbox_seen ON portcall_outbox_events (message_digest, lane_id)
        WHERE message_digest IS NOT NULL""",
    """CREATE INDEX portcall_outbox_claimed ON portcall_outbox_events (claim_id)
        WHERE claim_id IS NOT NULL""",
    """CREATE INDEX portcall_outbox_ended ON portcall_outbox_events (state, ended_us)
        WHERE state > 3""",
    """INSERT INTO portcall_outbox (version, identity)
        VALUES (1, md5(random()::text || clock_timestamp()::text))""",
)

# The last request of a dead letter and its answer; how many outcomes there were in each minute, as rows that
# are only added and summed up later; and an index of the few events that wait after a failed attempt.
_SECOND: Final = (
    "CREATE TABLE portcall_outbox_exchanges (id BIGINT PRIMARY KEY, data TEXT NOT NULL)",
    f"""CREATE TABLE portcall_outbox_outcomes (
        minute BIGINT NOT NULL, state SMALLINT NOT NULL, events BIGINT NOT NULL) {_BUSY}""",
    """INSERT INTO portcall_outbox_outcomes SELECT ended_us / 60000000, state, count(*)
        FROM portcall_outbox_events WHERE state > 3 AND ended_us IS NOT NULL GROUP BY 1, 2""",
    "CREATE INDEX portcall_outbox_minutes ON portcall_outbox_outcomes (minute)",
    """CREATE INDEX portcall_outbox_failed ON portcall_outbox_events (id)
        WHERE state < 4 AND outcome <> ''""",
    "UPDATE portcall_outbox SET version = 2",
)

# The few events whose claim was lost, in a table of their own: a claim of others costs nothing more.
_THIRD: Final = (
    """CREATE TABLE portcall_outbox_suspects (
        id BIGINT PRIMARY KEY, lane_id BIGINT NOT NULL, lost INTEGER NOT NULL)""",
    "CREATE INDEX portcall_outbox_suspects_of_lane ON portcall_outbox_suspects (lane_id, lost)",
    "UPDATE portcall_outbox SET version = 3",
)

# The last requests of dead letters count as bytes that are held.
_FOURTH: Final = (
    """INSERT INTO portcall_outbox_counts SELECT e.lane_id, e.state, 0, sum(length(x.data))
        FROM portcall_outbox_exchanges x JOIN portcall_outbox_events e ON e.id = x.id GROUP BY 1, 2""",
    "UPDATE portcall_outbox SET version = 4",
)

STEPS: Final[Sequence[Sequence[str]]] = (_FIRST, _SECOND, _THIRD, _FOURTH)
"""What leads from each version to the next, as SQL, the table's own ``version`` included."""
