"""The rows of a query, delivered: each once, behind the last one of an earlier run."""

import datetime as dt
import sqlite3
import sys
from contextlib import closing

import duckdb
import pytest

from portcall import SettingsError, runs
from portcall.runs import InputError
from portcall.runs.inputs import InputOptions, open_input

QUERY = "SELECT id, word, 'track' AS type, name AS event FROM orders;"


def _sqlite(path):
    return closing(sqlite3.connect(path))


def _duckdb(path):
    return closing(duckdb.connect(str(path)))


@pytest.fixture(params=[_sqlite, _duckdb])
def database(request, tmp_path):
    """Run statements in a database of 60 orders."""

    def run(*statements):
        with request.param(tmp_path / "app.db") as session:
            for statement in statements:
                session.execute(statement)
            session.commit()

    rows = ", ".join(f"({n}, 'w{n:03}', 'e{n}')" for n in range(1, 61))
    run(
        "CREATE TABLE orders (id INTEGER, word TEXT, name TEXT)",
        f"INSERT INTO orders VALUES {rows}",
    )
    return run


@pytest.fixture
def deliver(connection, tmp_path, database):
    def run(query=QUERY, **given):
        path = tmp_path / "app.db"
        given = {"connection": connection, "action": "one", "input": path, "query": query, **given}
        return runs.start(**given)

    return run


NAMES = [f"e{n}" for n in range(1, 61)]


@pytest.mark.parametrize("key", ["id", "word", None])
def test_a_run_over_a_query_that_is_stopped_sends_each_row_once(deliver, sent, key):
    query = QUERY if key else QUERY.replace(";", " ORDER BY id")
    sent.delay_s = 0.005
    with deliver(query, query_key=key, workers=2) as first:
        while len(sent) < 25:
            first.wait(0.005)
    assert first.report.can_resume
    sent.delay_s = 0
    assert deliver(query, query_key=key).report.is_complete
    assert sent == dict.fromkeys(NAMES, 1)
    assert deliver(query, query_key=key).is_done


def test_with_a_key_of_numbers_the_rows_behind_the_last_are_sent_whatever_became_of_others(
    deliver, database, sent
):
    assert deliver(query_key="id").report.delivered == 60
    database(
        "UPDATE orders SET name = 'changed' WHERE id = 7",
        "DELETE FROM orders WHERE id = 9",
        "INSERT INTO orders VALUES (61, 'x', 'e61'), (99, 'y', 'e99')",
    )
    assert deliver(query_key="id").report.delivered == 2
    assert sent == dict.fromkeys([*NAMES, "e61", "e99"], 1)


def test_without_a_key_a_row_that_has_changed_is_said(deliver, database, sent):
    query = QUERY.replace(";", " ORDER BY id")
    sent.delay_s = 0.005
    with deliver(query, workers=2) as first:
        while len(sent) < 25:
            first.wait(0.005)
    database("UPDATE orders SET name = 'changed' WHERE id = 1")
    with pytest.raises(SettingsError, match="has changed"):
        deliver(query)


@pytest.mark.parametrize(
    ("statements", "given", "said"),
    [
        (["INSERT INTO orders VALUES (7, 'z', 'e')"], {"query_key": "id"}, "'id' is not unique"),
        (["INSERT INTO orders VALUES (NULL, 'z', 'e')"], {"query_key": "id"}, "null in some rows"),
        (["INSERT INTO orders VALUES (0, 'z', 'e')"], {"query_key": "id"}, "begin with 1"),
        ([], {"query_key": "ids"}, "did you mean 'id'"),
        ([], {"query": "SELECT nope FROM orders"}, "the query failed"),
        ([], {"query": None, "query_key": "id"}, "query_key= is for rows of a query="),
        ([], {"query": None}, "say with query= which rows"),
    ],
)
def test_a_query_that_cannot_be_used_is_refused_before_anything_is_sent(
    deliver, database, sent, statements, given, said
):
    database(*statements)
    with pytest.raises(InputError) as failed:
        deliver(**given)
    assert said in str(failed.value)
    assert not sent


def test_a_query_cannot_write(deliver, database, sent):
    with pytest.raises(InputError, match="the query failed"):
        deliver("DELETE FROM orders")
    assert deliver(query_key="id").report.delivered == 60


def test_names_and_values_of_a_query_make_the_event(tmp_path):
    path = tmp_path / "values.duckdb"
    with _duckdb(path) as session:
        session.execute("CREATE TABLE t AS SELECT 1 AS id")
    query = (
        "SELECT id, 1.50::DECIMAL(9, 2) AS \"properties.total\", TIMESTAMPTZ '2024-05-01 10:00:00+00' AS at, "
        "[1, 2] AS list, {'a': 1} AS struct, 'x'::BLOB AS data, '{\"b\": 1}' AS \"more:json\" FROM t"
    )
    with open_input(str(path), InputOptions(query=query)) as rows:
        (entry,) = rows
    at = dt.datetime.fromisoformat(entry.event.pop("at"))
    assert at == dt.datetime(2024, 5, 1, 10, tzinfo=dt.UTC)
    assert entry.event == {
        "id": 1, "properties": {"total": 1.5}, "list": [1, 2], "struct": {"a": 1}, "data": "eA==",
        "more": {"b": 1},
    }  # fmt: skip


def test_what_is_no_database_takes_no_query(events, connection):
    with pytest.raises(InputError, match="not a SQLite or DuckDB file"):
        runs.start(connection=connection, action="one", input=events(1), query="SELECT 1")


def test_a_missing_driver_is_named_and_no_password_is_shown(tmp_path, monkeypatch):
    url = "postgresql://ada:s3cret-word@127.0.0.1:1/shop"
    with pytest.raises(InputError, match="give a query="):
        open_input(url)
    with pytest.raises(InputError) as failed:
        open_input(url, InputOptions(query="SELECT 1"))
    assert "s3cret" not in str(failed.value)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError) as failed:
        open_input(url, InputOptions(query="SELECT 1"))
    assert "pip install 'portcall[postgres]'" in str(failed.value)
    assert "s3cret" not in str(failed.value)


@pytest.mark.parametrize("key", ["id", "word", None])
def test_rows_of_a_postgresql_server_are_sent_once(real_server, connection, sent, tmp_path, key):
    server = real_server("postgres")
    url = server.new_database()
    rows = ", ".join(f"({n}, 'w{n:03}', 'e{n}')" for n in range(1, 61))
    server.run("CREATE TABLE orders (id bigint, word text, name text)", url)
    server.run(f"INSERT INTO orders VALUES {rows}", url)
    query = QUERY.replace(";", " WHERE name LIKE 'e%'" + " ORDER BY id" * (key is None))
    given = {
        "connection": connection, "action": "one", "input": url, "query": query, "query_key": key,
        "folder": tmp_path,
    }  # fmt: skip
    sent.delay_s = 0.005
    with runs.start(**given, workers=2) as first:
        while len(sent) < 25:
            first.wait(0.005)
    sent.delay_s = 0
    assert runs.start(**given).report.is_complete
    assert sent == dict.fromkeys(NAMES, 1)
    (journal,) = tmp_path.glob("*.journal")
    assert f"/{journal.name.partition('.')[0]}?" in url
    with pytest.raises(InputError, match="the query failed"):
        runs.start(**{**given, "query": "SELECT * FROM orders; DROP TABLE orders"})
