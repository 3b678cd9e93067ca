"""What only a server can do: hang, hang up, refuse, be old, be new."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from portcall import Secret, UnknownPluginError, open_store
from portcall.store import fetch
from portcall.store.authors import (
    STEPS,
    GivenKeys,
    StoreBusyError,
    StoreUnavailableError,
    StoreVersionError,
)
from portcall.testing.store_suite.checking import counted, sample
from portcall.testing.store_suite.children import all_well, fork
from portcall_postgres import PostgresStore

SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
MINE = "pg_backend_pid()"


class NextStore(PostgresStore):
    """What a coming version may be like."""

    steps = (
        *STEPS,
        (
            "ALTER TABLE portcall_connections ADD COLUMN label TEXT NOT NULL DEFAULT ''",
            "UPDATE portcall_connections SET label = upper(name)",
            "UPDATE portcall_store SET version = 2",
        ),
    )


@pytest.fixture
def store(url):
    with PostgresStore(url) as opened:
        opened.create(sample())
        yield opened


def test_open_store_finds_it_by_its_url(server):
    url = server.new_database()
    for scheme in ("postgres", "postgresql"):
        with open_store(url.replace("postgresql", scheme, 1)) as found:
            assert isinstance(found, PostgresStore)
            assert found.status().kind == "postgresql"
    with pytest.raises(UnknownPluginError):
        open_store("mysql://x")


def test_a_password_works_and_is_not_shown(server):
    server.new_database()
    with PostgresStore(Secret(server.loopback_url())) as good:
        assert good.names() == []
        assert repr(good) == f"<PostgresStore 127.0.0.1:{server.port}/postgres>"
    bad = PostgresStore(server.loopback_url(password="sesame open"))
    with pytest.raises(StoreUnavailableError, match="password authentication failed") as caught:
        bad.names()
    assert "sesame" not in f"{caught.value} {caught.value.__cause__} {bad!r}"
    with pytest.raises(StoreUnavailableError, match="cannot be read") as caught:
        PostgresStore("postgres//sesame open")
    assert "sesame" not in str(caught.value)


def test_no_server_is_an_error_soon(server):
    start = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1:1/x cannot be used"):
        PostgresStore("postgres://127.0.0.1:1/x").names()
    with pytest.raises(StoreUnavailableError), PostgresStore("postgres://127.0.0.1:1/x").lock("a"):
        pass
    assert time.monotonic() - start < 5


def test_a_server_that_hangs_is_left(url):
    store = PostgresStore(url, timeout_s=0.2)
    store.create(sample())
    start = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        _ask_a_backend_that_hangs(store)
    assert time.monotonic() - start < 5
    assert store.names() == ["acme"]
    store.close()


def _ask_a_backend_that_hangs(store):
    with store.transaction(write=False) as rows:
        ((backend,),) = rows._execute("SELECT pg_backend_pid()", ()).fetchall()
        os.kill(backend, signal.SIGSTOP)
        try:
            rows.names()
        finally:
            os.kill(backend, signal.SIGCONT)


def test_a_server_that_hung_up_is_called_again(server, store, url):
    hang_up = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = "
    server.run(f"{hang_up} current_database() AND pid <> {MINE}", url)
    assert store.names() == ["acme"]


def test_a_lock_that_the_server_took_back_is_free(server, store, url):
    with store.lock("acme"):
        kill = "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
        server.run(kill, url)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_lock_and_let_go, url).result()
    with store.lock("acme", 1):
        pass


def _lock_and_let_go(url):
    session = PostgresStore(url)
    number = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    with session.transaction(write=False) as rows:
        assert rows._execute(number, ()).fetchall() == [(0,)]
    session.close()


def test_waiting_for_a_writer_ends(url, store):
    impatient = PostgresStore(url, timeout_s=0.2)
    with store.transaction(write=True) as rows:
        rows.read("acme", to_change=True)
        rows.begin_encryption("")
        start = time.monotonic()
        with pytest.raises(StoreBusyError, match="try again"):
            impatient.create(sample())
        with pytest.raises(StoreBusyError, match="try again"):
            impatient.delete("acme")
        assert time.monotonic() - start < 5
        assert impatient.names() == ["acme"]  # readers do not wait
    impatient.delete("acme")
    impatient.close()


def test_threads_share_a_few_sessions(server, url):
    store = PostgresStore(url, connections=3)
    with ThreadPoolExecutor(16) as pool:
        for done in [pool.submit(store.create, sample(f"n-{n}")) for n in range(32)]:
            done.result()
    assert len(store.names()) == 32
    ((sessions,),) = server.run(SESSIONS + MINE, url)
    assert 1 <= sessions <= 3
    store.close()
    _await_none(server, url)
    assert len(store.names()) == 32  # a store that is closed may be used again
    del store
    _await_none(server, url)


def _await_none(server, url):
    """The server notices a moment after the client has hung up."""
    ends = time.monotonic() + 10
    while server.run(SESSIONS + MINE, url) != [(0,)]:
        assert time.monotonic() < ends, "sessions are left open"
        time.sleep(0.01)


def test_a_child_leaves_its_parents_sessions_alone(store):
    for _ in range(5):
        all_well([fork(partial(_read_in_child, store)) for _ in range(4)])
        assert store.names() == ["acme"]


def _read_in_child(store):
    assert store.names() == ["acme"]
    store.close()


def test_secrets_are_in_the_table_only_without_a_key(server, store, url):
    everything = "SELECT c::text FROM portcall_connections c"
    assert "api-key-0" in str(server.run(everything, url))
    keyed = PostgresStore(url, keys=GivenKeys("A" * 43 + "="))
    assert keyed.rotate() == 1
    assert not any(word in str(server.run(everything, url)) for word in ("key-0", "access-0"))
    assert fetch(keyed, "acme").settings == sample().settings
    keyed.close()


def test_the_key_file_of_one_machine_is_not_used(url, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path))
    (tmp_path / "key").write_text("A" * 43 + "=")
    assert PostgresStore(url).status().encryption == "not encrypted"


def test_old_tables_are_brought_up_to_date_once(server, store, url):
    before = fetch(store, "acme")
    all_well([fork(lambda: NextStore(url).names()) for _ in range(8)])
    assert server.run("SELECT label FROM portcall_connections", url) == [("ACME",)]
    with NextStore(url) as newer:
        assert fetch(newer, "acme") == before
        newer.replace(counted(before, 1), generation=1)
        assert newer.status().schema_version == 2


def test_newer_tables_are_refused_and_not_touched(server, store, url):
    NextStore(url).names()
    kept = server.run("SELECT * FROM portcall_connections", url)
    for opened in (store, PostgresStore(url)):
        for attempt in (
            opened.names,
            lambda opened=opened: opened.create(sample("beta")),
            lambda opened=opened: opened.delete("acme"),
        ):
            with pytest.raises(StoreVersionError, match="version 2, and this portcall knows 1"):
                attempt()
    assert server.run("SELECT * FROM portcall_connections", url) == kept


def test_a_role_that_may_not_make_tables_can_use_them(server, store, url):
    server.run("CREATE ROLE clerk LOGIN", url)
    server.run("GRANT SELECT, UPDATE, INSERT, DELETE ON ALL TABLES IN SCHEMA public TO clerk", url)
    with PostgresStore(url.replace("//portcall@", "//clerk@")) as clerk:
        clerk.replace(counted(fetch(clerk, "acme"), 1), generation=1)
        with clerk.lock("acme"):
            pass
    stranger = PostgresStore(server.new_database().replace("//portcall@", "//clerk@"))
    with pytest.raises(StoreUnavailableError, match="permission denied"):
        stranger.names()


def test_a_database_that_is_not_durable_by_default_is_made_so(server, url):
    name = url.partition("?")[0].rpartition("/")[2]
    server.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with PostgresStore(url) as store, store.transaction(write=True) as rows:
        assert rows._execute("SHOW synchronous_commit", ()).fetchall() == [("on",)]
