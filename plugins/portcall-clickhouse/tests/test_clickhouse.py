"""What arrives at ClickHouse, seen by a stand-in that verifies the credentials."""

from pathlib import Path

import pytest

from portcall import AuthenticationError
from portcall.testing import ApiStandIn, conformance

clickhouse = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))

test_conformance = conformance("clickhouse")


def deliver(connection, name, *events, mapping=None):
    action = connection.destination.actions[name]
    given = [{"messageId": "m-1", **each} for each in events or [clickhouse.events[name]]]
    return [each.kind for each in connection.deliver(action, given, mapping=mapping, subscribe="")]


def test_rows_are_lines_of_json_behind_a_query(host):
    peer = clickhouse(host)
    assert deliver(clickhouse.connect(host, "clickhouse"), "insert_event") == ["delivered"]
    [request] = peer.requests
    assert request.query == {
        "database": ["default"],
        "query": ["INSERT INTO `events` FORMAT JSONEachRow"],
        "date_time_input_format": ["best_effort"],
        "input_format_skip_unknown_fields": ["1"],
    }
    assert request.body == (
        b'{"message_id":"m-1","timestamp":"2026-05-01T12:00:00+00:00","type":"track",'
        b'"event":"Order Completed","user_id":"u-7","properties":"{\\"total\\":41.5}"}\n'
    )


def test_a_table_is_a_name_and_no_query(host):
    peer = clickhouse(host)
    mapping = {"table": "rows` FORMAT Null; DROP TABLE `x\\", "row": {"@path": "$.properties"}}
    deliver(clickhouse.connect(host, "clickhouse"), "insert_row", mapping=mapping)
    said = peer.requests[0].query["query"]
    assert said == ["INSERT INTO `rows FORMAT Null; DROP TABLE x` FORMAT JSONEachRow"]


def test_the_server_collects_rows_where_it_is_asked_to(host):
    peer = clickhouse(host)
    deliver(clickhouse.connect(host, "clickhouse", async_insert="1"), "insert_event")
    query = peer.requests[0].query
    assert (query["async_insert"], query["wait_for_async_insert"]) == (["1"], ["1"])


def test_the_identity_is_the_user_and_tables_can_be_chosen(host):
    clickhouse(host)
    connection = clickhouse.connect(host, "clickhouse")
    assert connection.test() == "portcall"
    action = connection.destination.actions["insert_row"]
    assert [item.value for item in connection.choices(action, "table").items] == ["events"]


def connected(host, server, **more):
    settings = {"endpoint": server.url, "user": server.user, "password": server.password}
    return host.destination("clickhouse").connect({**settings, **more})


def test_a_real_server_takes_rows_and_refuses_the_one_that_it_cannot_read(real_server, host):
    connection = connected(host, real_server("clickhouse"))
    events = [clickhouse.events["insert_event"], {"type": "page", "timestamp": "2026-05-01"}]
    assert deliver(connection, "insert_event", *events) == ["delivered"] * 2
    action = connection.destination.actions["insert_row"]
    mapping = {"table": "events", "row": {"@path": "$.row"}}
    times = ["2026-05-01T12:00:00+02:00", "soon", "2026-05-01T13:00:00Z"]
    rows = [{"row": {"message_id": f"r-{n}", "timestamp": t}} for n, t in enumerate(times)]
    outcomes = list(connection.deliver(action, rows, mapping=mapping, subscribe=""))
    assert [each.kind for each in outcomes] == ["delivered", "rejected", "delivered"]
    assert "Cannot" in outcomes[1].reason
    asked = {
        "query": "SELECT message_id, timestamp, event FROM events ORDER BY message_id FORMAT JSON"
    }
    found = connection.client.get("/", query=asked).json()["data"]
    assert {
        "message_id": "m-1",
        "timestamp": "2026-05-01 12:00:00",
        "event": "Order Completed",
    } in found
    assert {"message_id": "r-0", "timestamp": "2026-05-01 10:00:00", "event": ""} in found
    assert [each.value for each in connection.choices(action, "table").items] == ["events"]


def test_a_real_server_knows_no_such_table_and_no_such_password(real_server, host):
    server = real_server("clickhouse")
    mapping = {"table": "nowhere", "row": {"a": 1}}
    assert deliver(connected(host, server), "insert_row", mapping=mapping) == ["rejected"]
    wrong = connected(host, server, password="wrong")
    assert deliver(wrong, "insert_event") == ["reauthorize"]
    with pytest.raises(AuthenticationError):
        wrong.test()
