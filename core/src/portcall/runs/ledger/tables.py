"""The tables of a ledger: a row for each time that an event with a key went out, or did not."""

from __future__ import annotations

import os
import sqlite3
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from portcall.errors import SettingsError
from portcall.runs.ledger.claimed_spans import SCHEMA as SPANS_SCHEMA
from portcall.runs.ledger.key_index import SCHEMA as INDEX_SCHEMA
from portcall.store.places import FILE_MODE

VERSION: Final = 2
BUSY_S: Final = 30.0
CACHE_KIB: Final = 32 << 10

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS scopes (
    id INTEGER PRIMARY KEY, connection TEXT NOT NULL, subscription TEXT NOT NULL,
    UNIQUE (connection, subscription)
);
CREATE TABLE IF NOT EXISTS runs (
    id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE, input TEXT NOT NULL, unit TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS reasons (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY, number INTEGER NOT NULL, scope INTEGER NOT NULL, run INTEGER NOT NULL,
    entry INTEGER NOT NULL, at INTEGER NOT NULL, outcome INTEGER NOT NULL, reason INTEGER
);
CREATE INDEX IF NOT EXISTS events_trouble ON events (outcome, id) WHERE outcome > 1;
"""
_UPGRADES: Final = {
    1: """
DROP INDEX events_trouble;
CREATE INDEX events_trouble ON events (outcome, id) WHERE outcome > 1;
INSERT INTO spans (first, last, scope, begun)
    SELECT min(id), max(id), scope, sum(outcome = 0) FROM events GROUP BY scope;
DROP INDEX events_scope;
""",
}
"""By the version of a file, what makes the next one of it, once all tables are there."""


class Outcomes(IntEnum):
    """What became of an event, as the ledger writes it."""

    BEGUN = 0
    DELIVERED = 1
    SKIPPED = 2
    REJECTED = 3
    UNCERTAIN = 4
    RETRY = 5
    REAUTHORIZE = 6


class Row(NamedTuple):
    """What is known of one event.

    Attributes:
        id: Of the row.
        run: Of the run that wrote it.
        entry: Its number in that run's input.
        outcome: One of `Outcomes`.
    """

    id: int
    run: int
    entry: int
    outcome: int


def open_tables(path: Path) -> sqlite3.Connection:
    """Open the file of a ledger, for all threads of this process; make what is missing of it.

    Args:
        path: Of the file; its folder is made, and the file is for this user only.

    Raises:
        SettingsError: A newer version of portcall has written the file.
        sqlite3.Error, OSError: The file cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    sql = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _update(sql, path)
    except BaseException:
        sql.close()
        raise
    return sql


def _update(sql: sqlite3.Connection, path: Path) -> None:
    [version] = sql.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise SettingsError(f"{path} was written by a newer version of portcall: install that one")
    sql.execute("PRAGMA journal_mode = WAL")
    sql.execute("PRAGMA synchronous = NORMAL")
    sql.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    if version < VERSION:
        sql.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} {INDEX_SCHEMA} {SPANS_SCHEMA} {_UPGRADES.get(version, '')} "
            f"PRAGMA user_version = {VERSION}; COMMIT;"
        )
