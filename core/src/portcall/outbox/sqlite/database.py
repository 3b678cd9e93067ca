"""The file of an outbox: made, migrated, opened; one transaction at a time writes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Final, TypeVar
from weakref import finalize

from portcall.errors import OutboxFullError, OutboxUnavailableError, OutboxVersionError
from portcall.outbox.clock import Clock
from portcall.outbox.sqlite.group_commit import GroupCommit
from portcall.outbox.sqlite.tables import APPLICATION_ID, STEPS
from portcall.outbox.sqlite.transaction import Transaction
from portcall.store import StoreError
from portcall.store.places import create_private, private_folder, sync_folder

_T = TypeVar("_T")

BUSY_TIMEOUT_S: Final = 30.0
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_LEAST: Final = (3, 35)  # UPDATE ... RETURNING
_SETUP: Final = (
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA temp_store = MEMORY",
)
# Each connection has pages of its own: with much for each, memory grows with every thread that has ever read.
_WRITER_CACHE: Final = "PRAGMA cache_size = -32768"
_READER_CACHE: Final = "PRAGMA cache_size = -4096"


class _Opened:
    """The connections that one process has open to a file; closed with it, or when it is forgotten."""

    def __init__(self) -> None:
        self.connections: list[sqlite3.Connection] = []
        self._pid = os.getpid()

    def close(self) -> None:
        """Close them, if they are this process's."""
        if self._pid != os.getpid():
            self.in_child()
        while self.connections:
            self.connections.pop().close()

    def in_child(self) -> None:
        """Keep the parent's connections open in a process that was forked."""
        _inherited.append(self.connections)
        self.connections, self._pid = [], os.getpid()


class Database:
    """One database file, for any thread and process.

    Args:
        path: The file; made on first use, for this user alone.
        clock: The time in the outbox.
        exchange_bytes: As `Transaction` takes it.
    """

    def __init__(self, path: Path, clock: Clock, exchange_bytes: int) -> None:
        self._exchange_bytes: Final = exchange_bytes
        self.path: Final = path
        self._clock: Final = clock
        self._writes: Final = GroupCommit(self._transact)
        self._opening: Final = Lock()
        self._writer: sqlite3.Connection | None = None
        self._watching: sqlite3.Connection | None = None
        self._readers: list[sqlite3.Connection] = []
        self._pid = os.getpid()
        self._opened: Final = _Opened()
        finalize(self, self._opened.close)

    def write(self, work: Callable[[Transaction], _T]) -> _T:
        """Run *work* in a transaction, together with what other threads write; durable on return."""
        self._see_to_fork()
        return self._writes.run(work)

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that reads; it sees one state of everything."""
        self._see_to_fork()
        with self._faults():
            try:
                db = self._readers.pop()
            except IndexError:
                db = self._open()
            try:
                db.execute("BEGIN")
                yield db
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")
                self._readers.append(db)

    def version(self) -> object:
        """Return a number that is another one after any other connection wrote."""
        self._see_to_fork()
        with self._faults():
            if (
                self._watching is None
            ):  # it is the number of one connection, and compares with no other
                self._watching = self._open()
            return self._watching.execute("PRAGMA data_version").fetchone()

    def close(self) -> None:
        """Close the file; it is opened again when it is used."""
        with self._opening:
            self._readers.clear()
            self._writer = self._watching = None
            self._opened.close()

    def _see_to_fork(self) -> None:
        if self._pid != os.getpid():  # a child must not even close what its parent has open
            self._opened.in_child()
            self._writer = self._watching = None
            self._readers, self._pid = [], os.getpid()
            self._writes.in_child()

    def _transact(self, work: Callable[[Transaction], None]) -> None:
        with self._faults():
            if self._writer is None:
                self._writer = self._open()
                self._writer.execute(_WRITER_CACHE)
            db = self._writer
            db.execute("BEGIN IMMEDIATE")
            try:
                transaction = Transaction(db, self._clock, self._exchange_bytes)
                work(transaction)
                transaction.finish()
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:
                    with suppress(sqlite3.Error):  # what came before is what is to be known
                        db.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        with self._opening:
            self._make_file()
            db = self._connect()
            try:
                self._update(db)
            except BaseException:
                db.close()
                raise
            self._opened.connections.append(db)
            return db

    def _make_file(self) -> None:
        if self.path.exists():
            return
        try:
            if not self.path.parent.exists():
                private_folder(self.path.parent)
            with suppress(FileExistsError):
                create_private(self.path)
            sync_folder(self.path.parent)
        except (OSError, StoreError) as exc:
            raise OutboxUnavailableError(f"the outbox {self.path} cannot be made: {exc}") from exc

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )

    def _update(self, db: sqlite3.Connection) -> None:
        if sqlite3.sqlite_version_info < _LEAST:
            raise OutboxVersionError(
                f"an outbox needs SQLite 3.35 or later; this Python has {sqlite3.sqlite_version}"
            )
        self._check(db)
        if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise OutboxUnavailableError(
                f"the outbox {self.path} cannot share memory: put it on a local disk"
            )
        for pragma in (*_SETUP, _READER_CACHE):
            db.execute(pragma)
        if self._check(db) < len(STEPS):
            self._migrate(db)

    def _migrate(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            for step in STEPS[self._check(db) :]:
                for statement in step:
                    db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {len(STEPS)}")
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise

    def _check(self, db: sqlite3.Connection) -> int:
        """Return the version of the tables, of which this program must know what they mean."""
        (version,) = db.execute("PRAGMA user_version").fetchone()
        (application,) = db.execute("PRAGMA application_id").fetchone()
        (tables,) = db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if (version or tables) and application != APPLICATION_ID:
            raise OutboxVersionError(
                f"{self.path} is a database of another program: name another file for the outbox"
            )
        if version > len(STEPS):
            raise OutboxVersionError(
                f"the outbox {self.path} has schema version {version}, and this portcall knows "
                f"{len(STEPS)}: upgrade portcall; nothing was touched"
            )
        return int(version)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Turn what SQLite raises into errors of our tree."""
        try:
            yield
        except sqlite3.Error as exc:
            code = getattr(exc, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL:
                raise OutboxFullError(
                    f"the outbox {self.path} cannot grow, as its disk is full: make room; nothing was "
                    "taken"
                ) from exc
            if code in _BUSY:
                raise OutboxUnavailableError(
                    f"the outbox {self.path} was locked by others for longer than "
                    f"{BUSY_TIMEOUT_S:g} s: try again"
                ) from exc
            raise OutboxUnavailableError(f"the outbox {self.path} cannot be used: {exc}") from exc


_inherited: Final[list[object]] = []
"""What a forked child has of its parent's; it is never closed, as that would drop the parent's locks."""
