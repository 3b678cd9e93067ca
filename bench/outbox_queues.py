"""Queues on SQLite that do the same work: the storage of the outbox, a plain table, and two packages."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from time import time
from typing import Final, Protocol

from portcall.outbox import Bounds, Lane, NewEvent, Settlement, SQLiteOutbox

SIZE: Final = 1000


class Queue(Protocol):
    """What all of them can do."""

    def put(self, data: str) -> object:
        """Keep one; durable on return."""

    def put_many(self, several: Sequence[str]) -> object:
        """Keep several; durable on return."""

    def take(self) -> int:
        """Take some, be done with them, and return how many."""


class Plain:
    """One table: an insert, and a delete in the order of due times."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute(
            "CREATE TABLE queue (id INTEGER PRIMARY KEY, due REAL, data TEXT, lease REAL)"
        )
        self._db.execute("CREATE INDEX due ON queue (due) WHERE lease IS NULL")

    def put(self, data: str) -> None:
        self._db.execute("INSERT INTO queue (due, data) VALUES (?, ?)", (time(), data))

    def put_many(self, several: Sequence[str]) -> None:
        now = time()
        with self._transaction():
            self._db.executemany(
                "INSERT INTO queue (due, data) VALUES (?, ?)", [(now, data) for data in several]
            )

    def take(self) -> int:
        with self._transaction():
            rows = self._db.execute(
                "UPDATE queue SET lease = :now + 60 WHERE id IN (SELECT id FROM queue "
                "WHERE lease IS NULL AND due <= :now ORDER BY due LIMIT :most) RETURNING id, data",
                {"now": time(), "most": SIZE},
            ).fetchall()
        with self._transaction():
            self._db.executemany("DELETE FROM queue WHERE id = ?", [row[:1] for row in rows])
        return len(rows)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        yield
        self._db.execute("COMMIT")


class Ours:
    """The storage of an outbox, and nothing that delivers."""

    def __init__(self, path: Path) -> None:
        self.storage = SQLiteOutbox(path, bounds=Bounds(events=10_000_000))
        self.lane = Lane(connection="shop", action="send_many")
        self._number = 0

    def put(self, data: str) -> None:
        self.storage.add(self.lane, [self._event(data)])

    def put_many(self, several: Sequence[str]) -> None:
        self.storage.add(self.lane, [self._event(data) for data in several])

    def _event(self, data: str) -> NewEvent:
        self._number += 1
        return NewEvent(data=data, message_id=f"m-{id(self)}-{self._number}")

    def take(self) -> int:
        lanes = self.storage.ready()
        claim = self.storage.claim(lanes[0].id, SIZE, 8 << 20, 60.0) if lanes else None
        if claim is None:
            return 0
        self.storage.end(claim, [Settlement(ids=claim.ids, state="delivered")])
        return len(claim.ids)


class LiteQueue:
    """litequeue, which marks what is done; with full sync, which it does not have by itself."""

    def __init__(self, path: Path) -> None:
        self._queue = import_module("litequeue").LiteQueue(path)
        self._queue.conn.execute("PRAGMA synchronous = FULL")

    def put(self, data: str) -> None:
        self._queue.put(data)

    def put_many(self, several: Sequence[str]) -> None:
        with self._queue.transaction():
            for data in several:
                self._queue.put(data)

    def take(self) -> int:
        message = self._queue.pop()
        if message is None:
            return 0
        self._queue.done(message.message_id)
        return 1


class Huey:
    """The storage of huey, which forgets a task when it hands it out."""

    def __init__(self, path: Path) -> None:
        storage = import_module("huey.storage").SqliteStorage
        self._storage = storage("bench", str(path), fsync=True)

    def put(self, data: str) -> None:
        self._storage.enqueue(data.encode())

    def put_many(self, several: Sequence[str]) -> None:
        for data in several:
            self._storage.enqueue(data.encode())

    def take(self) -> int:
        return int(self._storage.dequeue() is not None)


def peers() -> dict[str, Callable[[Path], Queue]]:
    """Return what is installed here, by name."""
    found: dict[str, Callable[[Path], Queue]] = {"portcall": Ours, "plain SQLite": Plain}
    for name, make in (("litequeue", LiteQueue), ("huey", Huey)):
        try:
            import_module(name)
        except ModuleNotFoundError:
            print(f"{name} is not installed: run this with the dependency group bench")
        else:
            found[name] = make
    return found
