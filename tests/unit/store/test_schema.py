"""The store file of another version, of another program, or of none."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from portcall.store import STEPS, SQLiteStore, StoreUnavailableError, StoreVersionError, fetch
from portcall.testing.store_suite.checking import counted, sample
from portcall.testing.store_suite.children import all_well, fork, killed_at, lines_of


class NextStore(SQLiteStore):
    """What a coming version may be like: a column more, filled from what is there."""

    steps = (
        *STEPS,
        (
            "ALTER TABLE portcall_connections ADD COLUMN label TEXT NOT NULL DEFAULT ''",
            "UPDATE portcall_connections SET label = upper(name)",
            "UPDATE portcall_store SET version = 2",
        ),
    )


def labels(store):
    with store.transaction(write=False) as rows:
        return rows._execute("SELECT label FROM portcall_connections", ()).fetchall()


def versions(home):
    with closing(sqlite3.connect(home / "connections.sqlite3")) as db:
        (pragma,) = db.execute("PRAGMA user_version").fetchone()
        (table,) = db.execute("SELECT version FROM portcall_store").fetchone()
        return pragma, table


def test_the_first_version(store, home):
    assert versions(home) == (1, 1)
    with closing(sqlite3.connect(home / "connections.sqlite3")) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_older_file_is_brought_up_to_date(store, home):
    before = fetch(store, "acme")
    assert labels(NextStore()) == [("ACME",)]
    assert versions(home) == (2, 2)
    assert fetch(NextStore(), "acme") == before
    NextStore().replace(counted(before, 1), generation=1)
    assert NextStore().status().schema_version == 2


def test_a_newer_file_is_refused_and_not_touched(store, home):
    NextStore().names()
    kept = (home / "connections.sqlite3").read_bytes()
    for attempt in (
        store.names,
        store.status,
        lambda: store.get("acme"),
        lambda: store.create(sample("beta")),
        lambda: store.delete("acme"),
        store.rotate,
    ):
        with pytest.raises(
            StoreVersionError, match="version 2, and this portcall knows 1: upgrade"
        ):
            attempt()
    assert (home / "connections.sqlite3").read_bytes() == kept
    assert labels(NextStore()) == [("ACME",)]


def test_many_processes_find_an_old_file(store):
    all_well([fork(lambda: NextStore().names()) for _ in range(8)])
    assert labels(NextStore()) == [("ACME",)]


def test_a_migration_is_killed_anywhere(home):
    def migrate():
        NextStore().names()

    lines = None
    for part in range(20):
        for path in home.glob("connections*"):
            path.unlink()
        before = SQLiteStore().create(sample())
        lines = lines or lines_of(migrate)
        killed_at(max(lines * part // 20, 1), migrate)
        assert versions(home) in {(1, 1), (2, 2)}
        assert fetch(NextStore(), "acme") == before
        assert labels(NextStore()) == [("ACME",)]


def test_the_first_use_is_killed_anywhere(home):
    def use():
        SQLiteStore().create(sample())

    lines = None
    for part in range(30):
        for path in home.glob("connections*"):
            path.unlink()
        lines = lines or lines_of(use)
        killed_at(max(lines * part // 30, 1), use)
        store = SQLiteStore()
        assert store.names() in ([], ["acme"])
        store.create(sample("beta"))
        left = {path.name for path in home.glob("connections*")}
        assert left == {"connections.sqlite3"}, part


def test_the_database_of_something_else_is_left_alone(home):
    home.mkdir(0o700)
    with closing(sqlite3.connect(home / "connections.sqlite3")) as db:
        db.execute("CREATE TABLE connections (x)")
        db.commit()
    kept = (home / "connections.sqlite3").read_bytes()
    with pytest.raises(StoreVersionError, match="another program"):
        SQLiteStore().names()
    assert (home / "connections.sqlite3").read_bytes() == kept


def test_what_is_no_database_is_left_alone(home):
    home.mkdir(0o700)
    (home / "connections.sqlite3").write_text("not a database, but somebody's notes" * 99)
    with pytest.raises(StoreUnavailableError, match="not a database"):
        SQLiteStore().create(sample())
    assert "notes" in (home / "connections.sqlite3").read_text()


def test_an_empty_file_is_as_good_as_none(home):
    home.mkdir(0o700)
    (home / "connections.sqlite3").touch()
    SQLiteStore().create(sample())
    assert versions(home) == (1, 1)
