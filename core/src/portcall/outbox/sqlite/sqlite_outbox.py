"""The outbox in SQLite: the methods of `portcall.outbox.OutboxStorage`, each one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from portcall.errors import SettingsError
from portcall.outbox.clock import SECOND_US, Clock
from portcall.outbox.records import (
    Bounds,
    Claim,
    Entry,
    Finding,
    Lane,
    NewEvent,
    OutboxStatus,
    ReadyLane,
    Settlement,
    State,
    Wanted,
)
from portcall.outbox.sqlite import (
    claims,
    leases,
    operations,
    outcomes,
    parking,
    queries,
    ready_lanes,
)
from portcall.outbox.sqlite.database import Database
from portcall.outbox.sqlite.puts import known_lane, lane_id_of, put
from portcall.outbox.sqlite.transaction import Transaction
from portcall.store import home

FILE: Final = "outbox.sqlite3"
MOST_REMEMBERED: Final = 10_000


class SQLiteOutbox:
    """The events of an outbox in one SQLite file, for every thread and process of this user.

    Args:
        path: The file; `FILE` in this user's data folder by default, see ``PORTCALL_HOME``.
        bounds: What it holds at most.
        clock: The time in it.
    """

    def __init__(
        self,
        path: str | Path | None = None,
        *,
        bounds: Bounds | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.bounds = bounds or Bounds()
        self.clock = clock or Clock()
        self._file: Final = Database(
            Path(path).absolute() if path else home() / FILE,
            self.clock,
            self.bounds.exchange_bytes,
        )
        self._lanes: dict[Lane, tuple[int, int]] = {}

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file.path)

    def add(
        self, lane: Lane, events: Sequence[NewEvent], connection: object = None
    ) -> Sequence[int]:
        """Keep events, all or none."""
        return self.add_several([(lane, events)], connection)[0]

    def add_several(
        self, puts: Sequence[tuple[Lane, Sequence[NewEvent]]], connection: object = None
    ) -> Sequence[Sequence[int]]:
        """Keep events of several lanes in one transaction."""
        if connection is not None:
            raise SettingsError(
                "an outbox in SQLite has a file of its own, and no part in another connection's "
                "transaction: leave connection= out, or use an outbox at postgres://"
            )

        def work(transaction: Transaction) -> Sequence[Sequence[int]]:
            return [
                put(
                    transaction,
                    self._lanes.get(lane) or lane_id_of(transaction.db, lane),
                    events,
                    self.bounds,
                    self.place,
                )
                for lane, events in puts
            ]

        ids = self._file.write(work)
        for lane, _ in puts:
            if lane not in self._lanes:
                self._remember(lane)
        return ids

    def ready(self, connections: Collection[str] | None = None) -> Sequence[ReadyLane]:
        """Return the lanes with events that may be claimed now."""
        with self._file.read() as db:
            return ready_lanes.ready(db, self._now_us(db), connections)

    def next_due_us(self, connections: Collection[str] | None = None) -> int | None:
        """Return the first instant at which an event may be claimed."""
        with self._file.read() as db:
            return ready_lanes.next_due_us(db, connections)

    def claim(
        self, lane_id: int, most: int, most_bytes: int, lease_s: float, lost: int = 0
    ) -> Claim | None:
        """Make due events of a lane one worker's own."""

        def work(transaction: Transaction) -> Claim | None:
            until_us = transaction.now_us + int(lease_s * SECOND_US)
            return claims.claim(
                transaction,
                lane_id,
                most=most,
                most_bytes=most_bytes,
                until_us=until_us,
                lost=lost,
            )

        return self._file.write(work)

    def note(
        self, claim: Claim, settlements: Sequence[Settlement], begun: Sequence[int] = ()
    ) -> None:
        """Record outcomes of a claim's events, and which events are being sent."""
        self._file.write(lambda t: outcomes.note(t, claim, settlements, begun))

    def end(
        self,
        claim: Claim,
        settlements: Sequence[Settlement] = (),
        finding: Finding | None = None,
    ) -> None:
        """End a claim."""
        self._file.write(lambda t: outcomes.end(t, claim, settlements, finding))

    def renew(self, claim_ids: Sequence[int], lease_s: float) -> None:
        """Let the leases of claims end so many seconds from now."""
        lease_us = int(lease_s * SECOND_US)
        self._file.write(lambda t: leases.renew(t, claim_ids, t.now_us + lease_us))

    def recover(self) -> int:
        """Take back the events of claims whose lease has expired."""
        with self._file.read() as db:
            if not leases.has_expired(db, self._now_us(db)):
                return 0
        return self._file.write(leases.recover)

    def purge(self, most: int = 10_000) -> int:
        """Forget delivered and skipped events after the retention."""
        kept_s = max(self.bounds.retention_s, self.bounds.window_s)

        kept_us = int(kept_s * SECOND_US)
        return self._file.write(lambda t: operations.purge(t, t.now_us - kept_us, most))

    def park(self, connection: str, reason: str, generation: int | None = None) -> None:
        """Send nothing to a connection until it is released."""

        def work(transaction: Transaction) -> None:
            insert = "INSERT OR IGNORE INTO connections (name) VALUES (?)"
            transaction.db.execute(insert, (connection,))
            parking.park(transaction, connection, reason, generation)

        self._file.write(work)

    def release(self, connection: str) -> bool:
        """Send to a connection again."""
        return self._file.write(lambda t: parking.release(t, connection))

    def parked(self) -> Mapping[str, int | None]:
        """Return the parked connections."""
        with self._file.read() as db:
            return dict(
                db.execute("SELECT name, generation FROM connections WHERE parked IS NOT NULL")
            )

    def status(self) -> OutboxStatus:
        """Return what the outbox holds."""
        with self._file.read() as db:
            return queries.status(db, self.place, self.bounds)

    def ended(self, since_us: int, step_us: int, steps: int) -> Sequence[tuple[State, int, int]]:
        """Return how many events got their last outcome in each span of time."""
        with self._file.read() as db:
            return queries.ended(db, since_us, step_us, steps)

    def entries(self, wanted: Wanted) -> Sequence[Entry]:
        """Return the events that are wanted, the latest first."""
        with self._file.read() as db:
            return queries.entries(db, wanted)

    def entry(self, event_id: int) -> Entry | None:
        """Return one event."""
        with self._file.read() as db:
            return queries.entry(db, event_id)

    def retry(self, ids: Sequence[int]) -> int:
        """Make dead letters, and events that wait for another attempt, due now."""
        return self._file.write(lambda t: operations.retry(t, ids))

    def replace(self, event_id: int, data: str) -> bool:
        """Replace the JSON of an event."""
        return self._file.write(lambda t: operations.replace(t, event_id, data))

    def drop(self, ids: Sequence[int]) -> int:
        """Forget events that are not under way."""
        return self._file.write(lambda t: operations.drop(t, ids))

    def version(self) -> object:
        """Return what SQLite calls the version of the data."""
        return self._file.version()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _remember(self, lane: Lane) -> None:
        """Remember the ids of a lane that is in the file for good."""
        with self._file.read() as db:
            ids = known_lane(db, lane)
        if ids is not None and len(self._lanes) < MOST_REMEMBERED:
            self._lanes[lane] = ids

    def _now_us(self, db: sqlite3.Connection) -> int:
        """Return the instant, which is not before any that a process has recorded."""
        (known_us,) = db.execute("SELECT clock_us FROM outbox").fetchone()
        if known_us > self.clock.now_us():
            self.clock.advance_to(known_us)
        return self.clock.now_us()
