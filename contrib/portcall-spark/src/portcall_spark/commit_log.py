"""What tasks have sent, kept where every later attempt of a task finds it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

import attrs

from portcall import Outcome, SettingsError, reveal
from portcall.store import home, store_url
from portcall_spark.commit_log_errors import SupersededError

_SCHEMES: Final = ("postgres", "postgresql")
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS portcall_spark_partitions (
    run TEXT, part INTEGER, owner TEXT NOT NULL, counts TEXT, PRIMARY KEY (run, part))""",
    """CREATE TABLE IF NOT EXISTS portcall_spark_events (
    run TEXT, event_key {blob}, ended TEXT, PRIMARY KEY (run, event_key))""",
)
_BEGIN: Final = """INSERT INTO portcall_spark_events (run, event_key) VALUES (?, ?)
    ON CONFLICT (run, event_key) DO UPDATE SET ended = NULL"""
_END: Final = "UPDATE portcall_spark_events SET ended = ? WHERE run = ? AND event_key = ?"
_LOOK_UP: Final = (
    "SELECT event_key, ended FROM portcall_spark_events WHERE run = ? AND event_key IN ({})"
)
_MOST_KEYS: Final = 500
_NOT_APPLIED: Final = frozenset({"retry", "reauthorize"})


class Database(Protocol):
    """A database of the commit log, with one connection that is used by one thread at a time."""

    @property
    def blob(self) -> str:
        """Return the name of the type for bytes."""

    def transaction(self) -> Any:
        """Return a context manager: committed durably at its end, rolled back if it raises."""

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """Run one statement with ``?`` in the place of values; return a cursor."""

    def execute_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for several rows of values."""

    def close(self) -> None:
        """Close the connection."""


@attrs.frozen
class Begun:
    """An event that an earlier attempt was about to send when it ended: it may have been applied or not."""


class CommitLog:
    """The commit log of all runs in one database.

    Args:
        database: Where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self._lock: Final = Lock()
        with self._used():
            for statement in _TABLES:
                database.execute(statement.format(blob=database.blob))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def take(self, run: str, part: int, owner: str) -> PartitionLog:
        """Become the one attempt that may send the rows of a partition.

        Args:
            run: Name of the delivery.
            part: Number of the partition.
            owner: Names the attempt; no other has this name.
        """
        with self._used() as database:
            database.execute(
                "INSERT INTO portcall_spark_partitions (run, part, owner) VALUES (?, ?, ?)"
                " ON CONFLICT (run, part) DO UPDATE SET owner = excluded.owner, counts = NULL",
                (run, part, owner),
            )
        return PartitionLog(self, run, part, owner)

    def look_up(self, run: str, keys: Sequence[bytes]) -> dict[bytes, Outcome | Begun]:
        """Return what is known of those events of a run that were sent, or were about to be."""
        found: dict[bytes, Outcome | Begun] = {}
        with self._used() as database:
            for at in range(0, len(keys), _MOST_KEYS):
                some = keys[at : at + _MOST_KEYS]
                statement = _LOOK_UP.format(", ".join("?" * len(some)))
                for key, ended in database.execute(statement, (run, *some)).fetchall():
                    known = Begun() if ended is None else Outcome(*json.loads(ended))
                    if isinstance(known, Begun) or known.kind not in _NOT_APPLIED:
                        found[bytes(key)] = known
        return found

    def counts(self, run: str) -> dict[str, int]:
        """Return how many rows of a run had which outcome, of the partitions that are done."""
        with self._used() as database:
            rows = database.execute(
                "SELECT counts FROM portcall_spark_partitions WHERE run = ? AND counts IS NOT NULL",
                (run,),
            ).fetchall()
        total: dict[str, int] = {}
        for (text,) in rows:
            for kind, count in json.loads(text).items():
                total[kind] = total.get(kind, 0) + count
        return total

    def forget(self, run: str) -> None:
        """Remove all that is known of a run; its rows would be sent anew under the same name."""
        with self._used() as database:
            for table in ("portcall_spark_events", "portcall_spark_partitions"):
                database.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608  # of our own

    @contextmanager
    def _used(self) -> Iterator[Database]:
        with self._lock, self._database.transaction():
            yield self._database

    def write(
        self, run: str, part: int, owner: str, statement: str, rows: Sequence[Sequence[Any]]
    ) -> None:
        """Run a statement for some rows as the attempt that has the partition, or not at all.

        Raises:
            SupersededError: A later attempt has it.
        """
        with self._used() as database:
            # Locks the row: an attempt that takes the partition waits, and then reads this statement's work.
            mine = database.execute(
                "UPDATE portcall_spark_partitions SET owner = owner"
                " WHERE run = ? AND part = ? AND owner = ?",
                (run, part, owner),
            )
            if mine.rowcount != 1:
                raise SupersededError(
                    f"run {run}, partition {part}: a later attempt sends these rows, this one stops"
                )
            database.execute_many(statement, rows)


class PartitionLog:
    """What one attempt of a task writes; used by all threads of its delivery.

    Args:
        log: Where it is kept.
        run: Name of the delivery.
        part: Number of the partition.
        owner: Names this attempt.
    """

    def __init__(self, log: CommitLog, run: str, part: int, owner: str) -> None:
        self._log: Final = log
        self._run: Final = run
        self._of: Final = (run, part, owner)

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Outcome | Begun]:
        """Return what became of those events that are not simply to be sent."""
        return self._log.look_up(self._run, keys)

    def begun(self, keys: Sequence[bytes]) -> None:
        """Write down durably that these events are sent now.

        Raises:
            SupersededError: A later attempt sends them.
        """
        self._log.write(*self._of, _BEGIN, [(self._run, key) for key in keys])

    def ended(self, keys: Sequence[bytes], outcomes: Sequence[Outcome]) -> None:
        """Write down durably what became of events that were begun, an outcome for each.

        Raises:
            SupersededError: A later attempt has judged them already.
        """
        rows = [
            (_written(outcome), self._run, key) for key, outcome in zip(keys, outcomes, strict=True)
        ]
        self._log.write(*self._of, _END, rows)

    def done(self, counts: Mapping[str, int]) -> None:
        """Write down how many rows of the partition had which outcome.

        Raises:
            SupersededError: A later attempt has the partition.
        """
        run, part, _ = self._of
        self._log.write(
            *self._of,
            "UPDATE portcall_spark_partitions SET counts = ? WHERE run = ? AND part = ?",
            [(json.dumps(dict(counts)), run, part)],
        )


def open_commit_log(place: str | None = None) -> CommitLog:
    """Open the commit log.

    Args:
        place: Path of a SQLite file, which is made if it is not there, or URL of a PostgreSQL database
            without its password, which ``PGPASSWORD`` has. None for the database that ``PORTCALL_STORE``
            names, or for ``spark-commits.db`` in this user's own folder.

    Raises:
        SettingsError: The URL has a password: it would be shown in Spark's own pages and plans.
        CommitLogError: The database cannot be opened.
    """
    if place is None:
        place = reveal(store_url()) or f"{home() / 'spark-commits.db'}"
    elif urlsplit(place).password:
        raise SettingsError(
            "leave the password out of the option 'commit_log' and set PGPASSWORD for every executor:"
            " Spark shows the options of a job in its pages"
        )
    if urlsplit(place).scheme in _SCHEMES:
        from portcall_spark.postgres_log import PostgresLog  # noqa: PLC0415  # needs psycopg

        return CommitLog(PostgresLog(place))
    from portcall_spark.sqlite_log import SQLiteLog  # noqa: PLC0415  # one of the two is enough

    return CommitLog(SQLiteLog(Path(place)))


def _written(outcome: Outcome) -> str:
    """Return the arguments of an outcome as JSON; its index is another one in each attempt."""
    return json.dumps([outcome.kind, 0, outcome.reason, outcome.field])
