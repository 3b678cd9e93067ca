"""The database of an outbox: sessions, migration, one transaction at a time, and the server's clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final, TypeVar, cast

import psycopg
from psycopg import errors

from portcall import OutboxUnavailableError, OutboxVersionError, Secret, StoreError
from portcall.outbox.authors import Clock
from portcall_postgres.advisory_locks import schema_lock
from portcall_postgres.dialing import Session, parameters, place_of
from portcall_postgres.outbox.tables import STEPS
from portcall_postgres.outbox.transaction import Transaction, with_names
from portcall_postgres.pool import Pool

_T = TypeVar("_T")

AGAIN: Final = (errors.DeadlockDetected, errors.SerializationFailure)
ATTEMPTS: Final = 5
CLOCK_S: Final = 60.0
PAUSE_S: Final = 0.2
_BUSY: Final = (errors.LockNotAvailable, errors.QueryCanceled, *AGAIN)
_FULL: Final = (errors.DiskFull, errors.OutOfMemory)
_SCHEMA: Final = """SELECT quote_ident(n.nspname) FROM pg_class c JOIN pg_namespace n
    ON n.oid = c.relnamespace WHERE c.oid = to_regclass('portcall_outbox')"""
_TIME: Final = """SELECT extract(epoch FROM clock_timestamp())::double precision,
    coalesce((SELECT put_us FROM @events ORDER BY id DESC LIMIT 1), 0)"""


class AnswerLostError(OutboxUnavailableError):
    """The line to the server was cut: what was asked last may have been done."""


class Database:
    """Where the tables of an outbox are.

    Args:
        url: A connection string.
        timeout_s: Seconds for one transaction, waiting for others included.
        connections: Most sessions of this process at a time.

    Raises:
        OutboxUnavailableError: *url* cannot be read.
    """

    def __init__(self, url: Secret, timeout_s: float, connections: int) -> None:
        try:
            self._params: Final = parameters(url)
        except StoreError as exc:
            raise OutboxUnavailableError(str(exc).replace("the store's", "the outbox's")) from None
        self._pool: Final = Pool(self._params, timeout_s, connections)
        self._timeout_s: Final = timeout_s
        self._opening: Final = Lock()
        self._schema = ""
        self._identity = ""
        self._ahead_s = 0.0
        self._clock_ends = 0.0
        self._clock: Clock | None = None

    @property
    def place(self) -> str:
        """Server and database; no user, no password."""
        return place_of(self._params)

    @property
    def clock(self) -> Clock:
        """The server's clock, as far as it does not go back; it is the same for every machine."""
        if self._clock is None:
            with self.session():
                pass
        return cast("Clock", self._clock)

    def insist(self, work: Callable[[Transaction], _T]) -> _T:
        """Return what *work* returns, once that is durable; a server that is away may come back meanwhile.

        Args:
            work: Does no harm if it is done twice.

        Raises:
            OutboxUnavailableError: It was not back within the timeout.
        """
        ends = time.monotonic() + self._timeout_s
        while True:
            try:
                return self.transact(work)
            except OutboxUnavailableError:
                if time.monotonic() > ends:
                    raise
                time.sleep(PAUSE_S)

    def put(self, work: Callable[[Transaction], _T], *, is_one_statement: bool) -> _T:
        """Return what *work* returns, once that is durable; if the answer is lost, the server is asked again.

        Args:
            work: Keeps events once, however often it is done.
            is_one_statement: It needs no transaction of its own.

        Raises:
            OutboxUnavailableError: The server cannot be used; with ``may_be_kept`` if it was lost on the way,
                and was not back within the timeout.
        """
        do = self.ask if is_one_statement else self.transact
        ends, lost = time.monotonic() + self._timeout_s, None
        while True:
            try:
                return do(work)
            except OutboxUnavailableError as exc:
                lost = exc if isinstance(exc, AnswerLostError) else lost
                if lost is None:
                    raise
                if time.monotonic() > ends:
                    raise OutboxUnavailableError(
                        f"the outbox at {self.place} was lost before it answered, and the events may have "
                        "been kept: to put them again is safe if each has a messageId",
                        may_be_kept=True,
                    ) from exc
            time.sleep(PAUSE_S)

    def transact(self, work: Callable[[Transaction], _T]) -> _T:
        """Return what *work* returns, once that is durable; what deadlocked is done again.

        Raises:
            OutboxUnavailableError: The server cannot be used, or others held it for too long.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with self.session() as session, session.transaction():
                    return work(Transaction(session, self._schema, self.clock.now_us()))
            except OutboxUnavailableError as exc:
                if attempt == ATTEMPTS or not isinstance(exc.__cause__, AGAIN):
                    raise
        raise AssertionError

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Lend a session whose tables are up to date."""
        with self.faults(), self._pool.session() as session:
            if not self._schema:
                self._update(session)
            if time.monotonic() >= self._clock_ends:
                self._read_clock(session)
            try:
                yield session
            except psycopg.OperationalError as exc:
                if session.closed:
                    raise AnswerLostError(
                        f"the outbox at {self.place} cannot be used: {_reason(exc)}"
                    ) from exc
                raise

    def ask(self, work: Callable[[Transaction], _T]) -> _T:
        """Return what *work* returns, which reads with one statement."""
        with self.session() as session:
            return work(Transaction(session, self._schema, self.clock.now_us()))

    @contextmanager
    def within(self, connection: object) -> Iterator[Transaction]:
        """Open the tables within the transaction of a program's own connection.

        Raises:
            OutboxUnavailableError: It is no open connection of psycopg to the database of this outbox, or one
                that commits each statement by itself and is in no transaction.
        """
        now_us = self.clock.now_us()  # also sees to the tables
        if not isinstance(connection, psycopg.Connection):
            raise OutboxUnavailableError(
                f"connection= takes a connection of psycopg 3, not {type(connection).__name__}"
            )
        in_transaction = connection.info.transaction_status is psycopg.pq.TransactionStatus.INTRANS
        if connection.autocommit and not in_transaction:
            raise OutboxUnavailableError(
                "connection= is not in a transaction and commits each statement by itself: put the event "
                "within one, such as `with connection.transaction():`"
            )
        transaction = Transaction(connection, self._schema, now_us)
        with self.faults():
            row = transaction.row(
                "SELECT to_regclass(%s) IS NOT NULL", f"{self._schema}.portcall_outbox"
            )
            known = row == (True,) and transaction.row("SELECT identity FROM @")
        if known != (self._identity,):
            raise OutboxUnavailableError(
                f"connection= is to another database than the outbox, which is {self.place}"
            )
        with self.faults(), connection.transaction():  # a savepoint: the program's own work stays
            yield transaction

    def close(self) -> None:
        """Close the sessions that are idle; the next call opens a new one."""
        self._pool.close()

    @contextmanager
    def faults(self) -> Iterator[None]:
        """Turn what psycopg raises into errors of our tree; never a row's content."""
        try:
            yield
        except _BUSY as exc:
            raise OutboxUnavailableError(
                f"the outbox at {self.place} was locked by others for too long: try again"
            ) from exc
        except psycopg.Error as exc:
            raise OutboxUnavailableError(
                f"the outbox at {self.place} cannot be used: {_reason(exc)}"
            ) from exc
        except StoreError as exc:  # of the pool
            raise OutboxUnavailableError(f"the outbox at {self.place}: {exc}") from exc

    def _update(self, session: Session) -> None:
        """Bring the tables up to date; of many that find them old, one does."""
        with self._opening:
            if self._version(session) < len(STEPS):
                # Not within the transaction, which would not see what the one before has made.
                with schema_lock(session, "outbox schema"), session.transaction():
                    for step in STEPS[self._version(session) :]:
                        for statement in step:
                            session.execute(statement.encode())
            found = session.execute(_SCHEMA).fetchone()
            schema = str(found[0]) if found else ""
            known = session.execute(with_names("SELECT identity FROM @", schema)).fetchone()
            self._identity = str(known[0]) if known else ""
            self._schema = schema

    def _version(self, session: Session) -> int:
        found = session.execute(_SCHEMA).fetchone()
        if found is None:
            return 0
        row = session.execute(with_names("SELECT version FROM @", str(found[0]))).fetchone()
        version = int(row[0]) if row else 0
        if version > len(STEPS):
            raise OutboxVersionError(
                f"the outbox at {self.place} has schema version {version}, and this portcall-postgres "
                f"knows {len(STEPS)}: upgrade portcall-postgres; nothing was touched"
            )
        return version

    def _read_clock(self, session: Session) -> None:
        row = session.execute(with_names(_TIME, self._schema)).fetchone()
        server_s, put_us = row or (time.time(), 0)
        self._ahead_s = float(server_s) - time.monotonic()
        self._clock_ends = time.monotonic() + CLOCK_S
        if self._clock is None:
            self._clock = Clock(self._server_s, time.monotonic)
        # Where the server's clock was set back, what was put before that is not in the future.
        if put_us > self._clock.now_us():
            self._clock.advance_to(put_us)

    def _server_s(self) -> float:
        return time.monotonic() + self._ahead_s


def _reason(exc: psycopg.Error) -> str:
    return exc.diag.message_primary or str(exc).partition("\n")[0]
