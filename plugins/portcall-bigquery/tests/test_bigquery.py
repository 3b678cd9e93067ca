"""What arrives at BigQuery, seen by a stand-in that verifies what a service account signs."""

import json
from pathlib import Path

from portcall.testing import ApiStandIn, Reply, conformance

bigquery = ApiStandIn.load(Path(__file__).with_name("stand_in.py"))
BASE = "/bigquery/v2/projects/acme-analytics/datasets/portcall/tables"
SDK = json.loads(Path(__file__).with_name("sdk.json").read_text(encoding="utf-8"))

test_conformance = conformance("bigquery")


def deliver(connection, name, events, **more):
    action = connection.destination.actions[name]
    return [each.kind for each in connection.deliver(action, events, subscribe="", **more)]


def test_an_event_becomes_a_row_that_is_dropped_when_it_comes_twice(host):
    peer = bigquery(host)
    event = {"messageId": "m-1", **bigquery.events["insert_event"]}
    assert deliver(bigquery.connect(host, "bigquery"), "insert_event", [event]) == ["delivered"]
    row = {
        "message_id": "m-1",
        "type": "track",
        "event": "Order Completed",
        "user_id": "u-7",
        "timestamp": "2026-05-01T12:00:00+00:00",
        "properties": '{"total":41.5}',
    }
    assert peer.requests[-1].json() == {
        "skipInvalidRows": True,
        "ignoreUnknownValues": True,
        "rows": [{"insertId": "m-1", "json": row}],
    }


def test_rows_of_one_table_go_together(host):
    peer = bigquery(host)
    bigquery.route(
        peer,
        f"POST {BASE}/orders/insertAll",
        Reply(json={"kind": "bigquery#tableDataInsertAllResponse"}),
    )
    events = [{"messageId": f"m-{n}", "properties": {"n": n}} for n in range(3)]
    mapping = {"dataset": "portcall", "table": "orders", "row": {"@path": "$.properties"}}
    connection = bigquery.connect(host, "bigquery")
    assert deliver(connection, "insert_row", events, mapping=mapping) == ["delivered"] * 3
    [request] = peer.received(f"{BASE}/orders/insertAll")
    assert request.json()["ignoreUnknownValues"] is False
    assert [row["json"] for row in request.json()["rows"]] == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_datasets_and_their_tables_can_be_chosen(host):
    bigquery(host)
    connection = bigquery.connect(host, "bigquery")
    assert connection.test() == "acme-analytics"
    action = connection.destination.actions["insert_row"]
    assert [item.value for item in connection.choices(action, "dataset").items] == ["portcall"]
    tables = connection.choices(action, "table", payload={"dataset": "portcall"})
    assert [item.value for item in tables.items] == ["events"]


def test_a_row_is_inserted_as_the_sdk_inserts_it(host):
    peer = bigquery(host)
    event = {"messageId": "m-1", "properties": {"total": 41.5}}
    assert deliver(bigquery.connect(host, "bigquery"), "insert_row", [event]) == ["delivered"]
    sdk = SDK["insert"]
    assert (peer.requests[-1].path, peer.requests[-1].json()) == (sdk["path"], sdk["data"])
