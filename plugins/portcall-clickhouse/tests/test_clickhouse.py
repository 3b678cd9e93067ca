"""What arrives at ClickHouse, seen by a stand-in that verifies the credentials."""

from pathlib import Path

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
