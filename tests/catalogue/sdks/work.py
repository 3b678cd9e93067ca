"""SDKs of destinations for work and data."""

from portcall.testing import Reply
from tests.catalogue.recording import record


def bigquery(peer):
    """Insert a row."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery as google

    peer.otherwise(Reply(json={"kind": "bigquery#tableDataInsertAllResponse"}))
    sdk = google.Client(
        "acme-analytics", AnonymousCredentials(), client_options={"api_endpoint": peer.url}
    )
    rows = {"json_rows": [{"total": 41.5}], "row_ids": ["m-1"]}
    more = {"skip_invalid_rows": True, "ignore_unknown_values": False}
    table = "acme-analytics.portcall.rows"
    return {"insert": record(peer, lambda: sdk.insert_rows_json(table, **rows, **more))}


def google_sheets(peer):
    """Append a row and write a range."""
    from google.auth.credentials import AnonymousCredentials
    from googleapiclient.discovery import build

    peer.otherwise(Reply(json={}))
    where = {"client_options": {"api_endpoint": peer.url}, "static_discovery": True}
    sdk = build("sheets", "v4", credentials=AnonymousCredentials(), **where)
    values = sdk.spreadsheets().values()
    sheet = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms"
    said = {"body": {"majorDimension": "ROWS", "values": [["o-1", 41.5]]}}
    said |= {"spreadsheetId": sheet, "valueInputOption": "RAW"}
    added = values.append(range="'Sheet1'", insertDataOption="INSERT_ROWS", **said)
    written = values.update(range="'Sheet1'!A2", **said)
    return {"append": record(peer, added.execute), "update": record(peer, written.execute)}


def stripe(peer):
    """Report usage and make a customer."""
    from stripe import StripeClient

    peer.otherwise(Reply(json={"object": "customer", "id": "cus_1"}))
    sdk = StripeClient("rk_test_51H-1a2b3c4d5e6f", base_addresses={"api": peer.url})
    payload = {"stripe_customer_id": "cus_NffrFeUfNV2Hib", "value": "1"}
    event = {"event_name": "tokens", "identifier": "m-1", "timestamp": 1777636800}
    person = {"name": "Ada", "email": "ada@example.com", "metadata": {"user_id": "u-7"}}

    def sent(call):
        return record(peer, call, lambda request: dict(request.form))

    return {
        "usage": sent(lambda: sdk.v1.billing.meter_events.create({**event, "payload": payload})),
        "customer": sent(lambda: sdk.v1.customers.create(person)),
    }


def elasticsearch(peer):
    """Index a document in bulk."""
    from elasticsearch import Elasticsearch

    headers = {"X-Elastic-Product": "Elasticsearch"}
    peer.otherwise(Reply(json={"errors": False, "items": []}, headers=headers))
    sdk = Elasticsearch(
        peer.url, api_key="VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw1"
    )
    lines = [{"index": {"_index": "orders", "_id": "o-1"}}, {"total": 41.5}]
    call = lambda: sdk.bulk(operations=lines)  # noqa: E731
    return {"bulk": record(peer, call, lambda request: request.body.decode())}


def influxdb(peer):
    """Write a point whose names have to be quoted."""
    from influxdb_client import InfluxDBClient, Point, WritePrecision
    from influxdb_client.client.write_api import SYNCHRONOUS

    peer.otherwise(Reply(204))
    sdk = InfluxDBClient(peer.url, "token-1a2b3c4d", org="acme").write_api(SYNCHRONOUS)
    point = Point("odd, m=1").tag("k =,", "v =,").tag("end", "a\\").field("n", 2.0)
    point = point.field("note", 'a "b" \\').field("paid", True)
    point = point.time(1777636800000001, WritePrecision.US)
    call = lambda: sdk.write("events", record=point, write_precision=WritePrecision.US)  # noqa: E731
    return {"write": record(peer, call, lambda request: request.body.decode())}
