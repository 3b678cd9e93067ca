"""The store itself: transactions, advisory locks, migration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, ClassVar, Final

import psycopg
from psycopg import errors

from portcall import Secret
from portcall.store.authors import (
    STEPS,
    ConnectionExistsError,
    EnvironmentKeys,
    Keys,
    Rows,
    SqlStore,
    Steps,
    StoreBusyError,
    StoreUnavailableError,
    check_version,
    migrate,
    one_thread,
)
from portcall_postgres.advisory_locks import LOCK, lock_number, schema_lock
from portcall_postgres.dialing import GRACE_S, Session, deadline, parameters, place_of
from portcall_postgres.pool import Line, Pool

_BUSY: Final = (
    errors.LockNotAvailable,
    errors.QueryCanceled,
    errors.DeadlockDetected,
    errors.SerializationFailure,
)
_LOCKING: Final = (" FOR SHARE", " FOR UPDATE")
_IS_THERE: Final = "SELECT to_regclass('portcall_store') IS NOT NULL"


class PostgresStore(SqlStore):
    """Connections in two tables of a PostgreSQL database; see `portcall.store.Store`.

    Args:
        url: ``postgres://user@server/database``, or any other connection string that libpq reads.
        keys: Where keys come from; by default ``PORTCALL_KEY`` or ``PORTCALL_KEY_COMMAND``.
        timeout_s: Seconds for one transaction, waiting for others included.
        connections: Most sessions of this process at a time, besides one for each lock it holds.

    Raises:
        StoreUnavailableError: *url* cannot be read.
    """

    kind: ClassVar[str] = "postgresql"
    steps: ClassVar[Steps] = STEPS

    def __init__(
        self,
        url: str | Secret,
        *,
        keys: Keys | None = None,
        timeout_s: float = 10.0,
        connections: int = 4,
    ) -> None:
        super().__init__(keys or EnvironmentKeys())
        self._params: Final = parameters(Secret(url))
        self._pool: Final = Pool(self._params, timeout_s, connections)
        self._is_updated = False

    @property
    def place(self) -> str:
        """Server and database; no user, no password."""
        return place_of(self._params)

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Rows]:
        """Migrate the tables if they are old, and commit at the end."""
        with self._faults(), self._pool.session() as session:
            if not self._is_updated:
                self._update(session)
            with session.transaction():
                rows = Rows(_executor(session), *(_LOCKING if write else ()))
                check_version(rows.version(), self.steps, self.place)
                yield rows

    @contextmanager
    def exclusive(self, label: str, timeout_s: float) -> Iterator[None]:
        """Hold a session advisory lock; it ends with its connection, and that with this process."""
        ends = monotonic() + timeout_s
        with one_thread(f"{label} at {self.place}", timeout_s):
            with self._faults():
                line = Line(self._params, max(ends - monotonic(), 0.0))
            try:
                with self._faults(label), deadline(line.session, timeout_s + GRACE_S):
                    line.session.execute(LOCK, (lock_number(label),))
                yield
            finally:
                line.close()

    def close(self) -> None:
        """Close the sessions that are idle; the next call opens a new one."""
        self._pool.close()

    def purge(self) -> None:
        """Nothing: PostgreSQL's own vacuum removes old rows."""

    def _update(self, session: Session) -> None:
        """Bring the tables up to date; of many that find them old, one does."""
        if self._version(session) < len(self.steps):
            # Not within the transaction, which would not see what the one before has made.
            with schema_lock(session, "schema"), session.transaction():
                migrate(self._version(session), self.steps, session.execute)
        self._is_updated = True

    def _version(self, session: Session) -> int:
        found = session.execute(_IS_THERE).fetchone()
        version = Rows(_executor(session)).version() if found == (True,) else 0
        check_version(version, self.steps, self.place)
        return version

    @contextmanager
    def _faults(self, what: str = "") -> Iterator[None]:
        """Turn what psycopg raises into errors of our tree; never a row's content."""
        try:
            yield
        except _BUSY as exc:
            raise StoreBusyError(
                f"{what or 'the store'} at {self.place} was locked by others for too long: try again"
            ) from exc
        except errors.UniqueViolation as exc:
            raise ConnectionExistsError("that name has just been taken: choose another") from exc
        except psycopg.Error as exc:
            reason = exc.diag.message_primary or str(exc).partition("\n")[0]
            raise StoreUnavailableError(f"{self.place} cannot be used: {reason}") from exc


def _executor(session: Session) -> Any:
    def execute(statement: str, arguments: Sequence[Any]) -> Any:
        return session.execute(statement.replace("?", "%s").encode(), arguments)

    return execute
