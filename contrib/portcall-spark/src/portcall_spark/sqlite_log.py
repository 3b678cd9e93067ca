"""The commit log in a SQLite file, for the executors of one machine."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from portcall_spark.commit_log_errors import CommitLogError

_WAIT_S: Final = 30.0


class SQLiteLog:
    """A SQLite file in WAL mode, synchronised at every commit.

    Args:
        path: It is made, with its folder, if it is not there.

    Raises:
        CommitLogError: It cannot be opened.
    """

    blob: Final[str] = "BLOB"

    def __init__(self, path: Path) -> None:
        self._path: Final = path
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection: Final = sqlite3.connect(
                path, timeout=_WAIT_S, isolation_level=None, check_same_thread=False
            )
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                self._connection.execute("PRAGMA synchronous = FULL")
            except BaseException:
                self._connection.close()
                raise
        except (OSError, sqlite3.Error) as exc:
            raise CommitLogError(f"the commit log {path} cannot be opened: {exc}") from None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit at the end, roll back if something raises."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
        except sqlite3.Error as exc:
            raise CommitLogError(f"the commit log {self._path} cannot be used: {exc}") from None

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement; return its cursor."""
        return self._connection.execute(statement, values)

    def execute_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for several rows of values."""
        self._connection.executemany(statement, rows)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
