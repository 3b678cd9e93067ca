"""The commit log in PostgreSQL, for executors on several machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from portcall_spark.commit_log_errors import CommitLogError

_CONNECT_TIMEOUT_S: Final = 5
_OPTIONS: Final = "-c statement_timeout=30s -c lock_timeout=30s"


class PostgresLog:
    """Two tables in the first schema of the role's search path.

    Args:
        url: ``postgresql://user@server/database``; the message of an error has nothing of it.

    Raises:
        CommitLogError: psycopg is not installed, or the server cannot be reached.
    """

    blob: Final[str] = "BYTEA"

    def __init__(self, url: str) -> None:
        try:
            import psycopg  # noqa: PLC0415  # an extra's
        except ImportError:
            raise CommitLogError(
                "a commit log in PostgreSQL needs psycopg: pip install 'portcall-spark[postgres]'"
            ) from None
        self._errors: Final = psycopg.Error
        try:
            self._connection: Final = psycopg.connect(
                url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S, options=_OPTIONS
            )
        except psycopg.Error as exc:
            raise CommitLogError(f"the commit log's server cannot be used: {_kind(exc)}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, roll back if something raises."""
        try:
            with self._connection.transaction():
                yield
        except self._errors as exc:
            raise CommitLogError(f"the commit log's server cannot be used: {_kind(exc)}") from None

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement; return its cursor."""
        return self._connection.execute(statement.replace("?", "%s").encode(), values)

    def execute_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for several rows of values."""
        with self._connection.cursor() as cursor:
            cursor.executemany(statement.replace("?", "%s").encode(), rows)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _kind(exc: Any) -> str:
    """Return what went wrong without the server's address and the role."""
    diagnosis = getattr(exc, "diag", None)
    return (diagnosis and diagnosis.message_primary) or type(exc).__name__
