"""What the store does when it cannot do what it is asked."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import time
from contextlib import closing
from threading import Event, Thread

import pytest

from portcall import PortcallError, UnknownPluginError
from portcall.store import (
    ConnectionNameError,
    SQLiteStore,
    StoreBusyError,
    StoreError,
    StoreUnavailableError,
    UnknownConnectionError,
    fetch,
    open_store,
)
from portcall.store.errors import StoreKeyError
from portcall.testing.store_suite.checking import counted, sample
from portcall.testing.store_suite.children import all_well, fork


def test_waiting_for_another_writer_ends(store, home):
    impatient = SQLiteStore(busy_timeout_s=0.2)
    with closing(sqlite3.connect(home / "connections.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        with pytest.raises(StoreBusyError, match=r"longer than 0\.2 s"):
            impatient.create(sample("beta"))
        assert 0.1 < time.monotonic() - start < 5
        assert impatient.names() == ["acme"]  # readers do not wait
    impatient.create(sample("beta"))


def test_waiting_for_another_thread_ends(store):
    impatient, held, over = SQLiteStore(busy_timeout_s=0.1), Event(), Event()

    def hold():
        with store.transaction(write=True):
            held.set()
            over.wait(30)

    thread = Thread(target=hold)
    thread.start()
    held.wait(30)
    try:
        with pytest.raises(StoreBusyError, match="try again"):
            impatient.delete("acme")
    finally:
        over.set()
        thread.join()


def test_a_full_disk_loses_nothing(store, home):
    before = store.list()

    def fill():
        for number in range(1000):
            store.create(counted(sample(f"n-{number}"), number))

    def fill_up():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = (home / "connections.sqlite3").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 8192, size + 8192))
        with pytest.raises(StoreUnavailableError, match=r"full|I/O"):
            fill()

    all_well([fork(fill_up)])
    kept = store.list()
    assert before[0] in kept
    assert [r.state["count"] for r in sorted(kept, key=lambda r: r.created_at)[1:]] == list(
        range(len(kept) - 1)
    )
    store.create(sample("beta"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_an_error(home):
    home.mkdir(0o500)
    with pytest.raises(StoreUnavailableError, match=str(home)):
        SQLiteStore().create(sample())


def test_a_name_that_cannot_be_gets_one_that_can(store):
    with pytest.raises(ConnectionNameError, match="such as 'acme-eu-prod'"):
        store.create(sample("Acme EU (prod)"))
    with pytest.raises(ConnectionNameError, match="such as 'acme-eu'"):
        store.create(sample("..."))


def test_an_unknown_name_says_what_is_near_or_where_to_look(store):
    with pytest.raises(UnknownConnectionError, match="did you mean 'acme'"):
        fetch(store, "amce")
    with pytest.raises(UnknownConnectionError, match="portcall connections"):
        fetch(store, "nothing-like-it")
    with pytest.raises(UnknownConnectionError) as caught:
        fetch(store, "x" * 1_000_000)
    assert len(str(caught.value)) < 200


def test_every_error_is_of_our_tree():
    for kind in (StoreBusyError, ConnectionNameError, StoreKeyError, UnknownConnectionError):
        assert issubclass(kind, StoreError)
    assert issubclass(StoreError, PortcallError)


def test_open_store_gives_the_users_own(store):
    assert open_store().names() == ["acme"]


def test_open_store_knows_no_other_without_a_distribution():
    with pytest.raises(UnknownPluginError, match="offers 'etcd'; installed: postgres"):
        open_store("etcd://user:password@server")


def test_a_store_says_where_it_is(store, home):
    assert repr(store) == f"<SQLiteStore {home / 'connections.sqlite3'}>"
    with store as same:
        assert same.status().place == str(home / "connections.sqlite3")
