"""The outbox that is always there: one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from portcall.errors import SettingsError
from portcall.outbox import sqlite_claims, sqlite_queries
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
    Wanted,
)
from portcall.outbox.sqlite_file import SQLiteFile
from portcall.outbox.sqlite_puts import put
from portcall.store import home

FILE: Final = "outbox.sqlite3"


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
        self._file: Final = SQLiteFile(Path(path).absolute() if path else home() / FILE)
        self.bounds = bounds or Bounds()
        self.clock = clock or Clock()

    @property
    def place(self) -> str:
        """The file."""
        return str(self._file.path)

    def add(
        self, lane: Lane, events: Sequence[NewEvent], connection: object = None
    ) -> Sequence[int]:
        """Keep events, all or none."""
        if connection is not None:
            raise SettingsError(
                "an outbox in SQLite has a file of its own, and no part in another connection's "
                "transaction: leave connection= out, or use an outbox at postgres://"
            )

        def work(db: sqlite3.Connection) -> Sequence[int]:
            now_us = self._now_us(db)
            return put(db, lane, events, now_us=now_us, bounds=self.bounds, place=self.place)

        return self._file.write(work)

    def ready(self, connections: Collection[str] | None = None) -> Sequence[ReadyLane]:
        """Return the lanes with events that may be claimed now."""
        with self._file.read() as db:
            return sqlite_claims.ready(db, self._now_us(db), connections)

    def next_due_us(self, connections: Collection[str] | None = None) -> int | None:
        """Return the first instant at which an event may be claimed."""
        with self._file.read() as db:
            return sqlite_claims.next_due_us(db, connections)

    def claim(self, lane_id: int, most: int, most_bytes: int, lease_s: float) -> Claim | None:
        """Make due events of a lane one worker's own."""

        def work(db: sqlite3.Connection) -> Claim | None:
            now_us = self._now_us(db)
            return sqlite_claims.claim(
                db,
                lane_id,
                most=most,
                most_bytes=most_bytes,
                now_us=now_us,
                until_us=now_us + int(lease_s * SECOND_US),
            )

        return self._file.write(work)

    def note(
        self, claim: Claim, settlements: Sequence[Settlement], begun: Sequence[int] = ()
    ) -> None:
        """Write down what became of events of a claim, and which are about to be sent."""
        self._file.write(
            lambda db: sqlite_claims.note(db, claim, settlements, begun, self._now_us(db))
        )

    def end(self, claim: Claim, finding: Finding | None = None) -> None:
        """End a claim."""
        self._file.write(lambda db: sqlite_claims.end(db, claim, finding, self._now_us(db)))

    def renew(self, claim_ids: Sequence[int], lease_s: float) -> None:
        """Let the leases of claims end so many seconds from now."""

        def work(db: sqlite3.Connection) -> None:
            now_us = self._now_us(db)
            sqlite_claims.renew(db, claim_ids, now_us + int(lease_s * SECOND_US), now_us)

        self._file.write(work)

    def recover(self) -> int:
        """Take the events of claims whose lease has ended."""
        with self._file.read() as db:
            if not sqlite_claims.has_expired(db, self._now_us(db)):
                return 0
        return self._file.write(lambda db: sqlite_claims.recover(db, self._now_us(db)))

    def purge(self, most: int = 10_000) -> int:
        """Forget delivered and skipped events after the retention."""
        kept_s = max(self.bounds.retention_s, self.bounds.window_s)

        def work(db: sqlite3.Connection) -> int:
            return sqlite_queries.purge(db, self._now_us(db) - int(kept_s * SECOND_US), most)

        return self._file.write(work)

    def park(self, connection: str, reason: str, generation: int | None = None) -> None:
        """Let nothing go out to a connection."""

        def work(db: sqlite3.Connection) -> None:
            db.execute("INSERT OR IGNORE INTO connections (name) VALUES (?)", (connection,))
            sqlite_claims.park(db, connection, reason, generation, self._now_us(db))

        self._file.write(work)

    def release(self, connection: str) -> bool:
        """Let events go out again."""
        return self._file.write(lambda db: sqlite_claims.release(db, connection, self._now_us(db)))

    def parked(self) -> Mapping[str, int | None]:
        """Return the parked connections."""
        with self._file.read() as db:
            return dict(
                db.execute("SELECT name, generation FROM connections WHERE parked IS NOT NULL")
            )

    def status(self) -> OutboxStatus:
        """Return what there is."""
        with self._file.read() as db:
            return sqlite_queries.status(db, self.place, self.bounds)

    def entries(self, wanted: Wanted) -> Sequence[Entry]:
        """Return the events that are wanted, the latest first."""
        with self._file.read() as db:
            return sqlite_queries.entries(db, wanted)

    def entry(self, event_id: int) -> Entry | None:
        """Return one event."""
        with self._file.read() as db:
            return sqlite_queries.entry(db, event_id)

    def retry(self, ids: Sequence[int]) -> int:
        """Let events be sent now."""
        return self._file.write(lambda db: sqlite_queries.retry(db, ids, self._now_us(db)))

    def replace(self, event_id: int, data: str) -> bool:
        """Put other JSON in the place of an event."""
        return self._file.write(lambda db: sqlite_queries.replace(db, event_id, data))

    def drop(self, ids: Sequence[int]) -> int:
        """Forget events that are not under way."""
        return self._file.write(lambda db: sqlite_queries.drop(db, ids, self._now_us(db)))

    def version(self) -> object:
        """Return what SQLite calls the version of the data."""
        return self._file.version()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _now_us(self, db: sqlite3.Connection) -> int:
        """Return the instant, which is not before what any process has written down."""
        (known_us,) = db.execute("SELECT clock_us FROM outbox").fetchone()
        if known_us > self.clock.now_us():
            self.clock.advance_to(known_us)
        return self.clock.now_us()
