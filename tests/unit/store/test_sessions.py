"""A session keeps the file open between calls, and for no longer than it lasts."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import attrs
import pytest

from portcall.store import Record, SQLiteStore, StoreBusyError, create_key


@pytest.fixture
def store(tmp_path):
    return SQLiteStore(tmp_path / "home", busy_timeout_s=2.0)


def is_open(store):
    """Whether this process has the store's file open."""
    links = [link for link in Path(f"/proc/{os.getpid()}/fd").iterdir() if link.is_symlink()]
    return any(link.readlink() == Path(store.place) for link in links)


def test_a_session_ends_with_the_file_closed(store):
    store.create(Record(name="ada", slug="acme"))
    assert not is_open(store)
    with store.session():
        record = store.get("ada")
        assert is_open(store)
        with store.session():
            store.replace(attrs.evolve(record, settings={"a": 1}), generation=record.generation)
        assert is_open(store)
    assert not is_open(store)
    assert store.get("ada").settings == {"a": 1}


def test_a_session_may_end_in_another_thread(store):
    store.create(Record(name="ada", slug="acme"))
    session = store.session()
    session.__enter__()
    store.get("ada")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(session.__exit__, None, None, None).result()
    assert not is_open(store)


def test_threads_within_one_session_do_not_wait_for_each_other(store):
    with store.session(), ThreadPoolExecutor(8) as pool:
        records = [Record(name=f"n{number}", slug="acme") for number in range(32)]
        list(pool.map(store.create, records))
        assert len(store.names()) == 32
    assert not is_open(store)


def test_a_fork_within_a_session_inherits_no_open_file(store):
    store.create(Record(name="ada", slug="acme"))
    with store.session():
        store.get("ada")
        child = os.fork()
        if child == 0:
            inherited = is_open(store)
            works = store.get("ada") is not None
            os._exit(0 if works and not inherited else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.get("ada") is not None


def test_a_file_that_is_replaced_within_a_session_is_seen(store, tmp_path):
    store.create(Record(name="ada", slug="acme"))
    other = SQLiteStore(tmp_path / "other")
    other.create(Record(name="grace", slug="acme"))
    with store.session():
        assert store.names() == ["ada"]
        (tmp_path / "other" / "connections.sqlite3").rename(
            tmp_path / "home" / "connections.sqlite3"
        )
        assert store.names() == ["grace"]


def test_a_key_that_changes_within_a_session_is_used(store, tmp_path):
    store.create(Record(name="ada", slug="acme"))
    with store.session():
        record = store.get("ada")
        create_key(tmp_path / "home")
        SQLiteStore(tmp_path / "home").rotate()
        changed = store.replace(record, generation=record.generation)
        assert store.get("ada") == changed
    assert store.status().encryption == "encrypted"


def test_a_writer_that_another_program_holds_up_gives_up_in_time(tmp_path):
    store = SQLiteStore(tmp_path / "home", busy_timeout_s=0.2)
    store.create(Record(name="ada", slug="acme"))
    file = tmp_path / "home" / "connections.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other, store.session():
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError):
            store.create(Record(name="grace", slug="acme"))
        other.execute("ROLLBACK")
        store.create(Record(name="grace", slug="acme"))
