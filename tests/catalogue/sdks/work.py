"""SDKs of destinations for work and data."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from portcall.testing import Reply
from tests.catalogue.recording import node, record


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


def notion(peer):
    """Create a page, append a paragraph, comment, ask who this is."""
    packages = ["@notionhq/client@5.26.0"]
    given = """
        import { Client } from "@notionhq/client";

        const notion = new Client({ auth: "ntn_1234567890abcdefABCDEF", baseUrl: url });
        const page = "b55c9c91-384d-452b-81db-d1ef79372b75";
        const rich_text = [{ type: "text" as const, text: { content: "Order Completed by u-7" } }]"""
    return node(
        peer,
        packages,
        given,
        {
            "create_page": """await notion.pages.create({
                parent: { type: "data_source_id", data_source_id: "1c7b35e6-e67f-8096-bf3f-000ba938459e" },
                properties: { Name: { title: [{ text: { content: "Order Completed" } }] } } })""",
            "append_block": """await notion.blocks.children.append({ block_id: page,
                children: [{ object: "block", type: "paragraph", paragraph: { rich_text } }] })""",
            "comment": """await notion.comments.create({ parent: { page_id: page },
                rich_text: [{ text: { content: "Order Completed by u-7" } }] })""",
            "test": "await notion.users.me({})",
        },
    )


def airtable(peer):
    """Create a record, and update or create one.

    The vendor's package does not know of ``performUpsert``; pyairtable, which is not the vendor's, does.
    """
    from pyairtable import Api

    token, base = "patA1b2C3d4E5f6G7.0123456789abcdef", "appZ9X8Y7W6V5U4T3"
    given = f"""
        import Airtable from "airtable";

        const base = new Airtable({{ apiKey: "{token}", endpointUrl: url }}).base("{base}")"""
    created = """await base("Events").create([{ fields: { Event: "Order Completed", "User ID": "u-7",
        Time: "2026-05-01T12:00:00Z" } }], { typecast: true })"""
    peer.otherwise(Reply(json={"records": [], "createdRecords": [], "updatedRecords": []}))
    people = Api(token, endpoint_url=peer.url).table(base, "People")
    fields = {"User ID": "u-7", "Name": "Ada", "Email": "ada@example.com"}
    return {
        **node(peer, ["airtable@0.12.2"], given, {"create_record": created}),
        "upsert_record": record(
            peer, lambda: people.batch_upsert([{"fields": fields}], ["User ID"], typecast=True)
        ),
        "test": record(peer, lambda: Api(token, endpoint_url=peer.url).whoami()),
    }


def datadog(peer):
    """Send a log, post an event, count in a metric, validate the key."""
    from datadog_api_client import ApiClient, Configuration
    from datadog_api_client.v1.api.authentication_api import AuthenticationApi
    from datadog_api_client.v1.api.events_api import EventsApi
    from datadog_api_client.v1.model.event_create_request import EventCreateRequest
    from datadog_api_client.v2.api.logs_api import LogsApi
    from datadog_api_client.v2.api.metrics_api import MetricsApi
    from datadog_api_client.v2.model.http_log import HTTPLog
    from datadog_api_client.v2.model.http_log_item import HTTPLogItem
    from datadog_api_client.v2.model.metric_intake_type import MetricIntakeType
    from datadog_api_client.v2.model.metric_payload import MetricPayload
    from datadog_api_client.v2.model.metric_point import MetricPoint
    from datadog_api_client.v2.model.metric_series import MetricSeries

    settings = Configuration(api_key={"apiKeyAuth": "9d1f8e7c6b5a49382716f5e4d3c2b1a5"})
    settings.server_variables["site"] = "datadoghq.eu"
    sdk = ApiClient(settings)
    real = sdk.rest_client.request
    hosts = []

    def led(method, url, *words, **options):
        hosts.append(urlsplit(url).hostname)
        return real(method, url.replace(f"https://{hosts[-1]}", peer.url), *words, **options)

    sdk.rest_client.request = led
    log = HTTPLogItem(
        message="Order Completed",
        ddsource="portcall",
        service="portcall",
        status="info",
        timestamp="2026-05-01T12:00:00+00:00",
        usr={"id": "u-7"},
        message_id="m-0",
        properties={"total": 41.5},
    )
    event = EventCreateRequest(
        title="Order Completed",
        text="Order Completed by u-7",
        date_happened=1777636800,
        alert_type="info",
        priority="normal",
    )
    point = MetricPoint(timestamp=1777636800, value=1.0)
    count = MetricSeries(metric="portcall.events", type=MetricIntakeType.COUNT, points=[point])
    calls = {
        "send_log": lambda: LogsApi(sdk).submit_log(HTTPLog([log])),
        "post_event": lambda: EventsApi(sdk).create_event(event),
        "submit_metric": lambda: MetricsApi(sdk).submit_metrics(MetricPayload(series=[count])),
    }
    made = {name: record(peer, call) for name, call in calls.items()}
    made["test"] = record(peer, AuthenticationApi(sdk).validate)
    return {
        name: {**each, "host": host} for (name, each), host in zip(made.items(), hosts, strict=True)
    }


def kafka_rest(peer):
    """Produce a record with Confluent's own package, which speaks the first version of the API."""
    given = """
        import http from "node:http";
        import { createRequire } from "node:module";

        const real = http.request as any;
        http.request = ((...words: any[]) => {  // a peer wants to know how long a body is
            const sent = real(...words), end = sent.end.bind(sent), parts: Buffer[] = [];
            sent.write = (part: any) => parts.push(Buffer.from(part));
            sent.end = () => { sent.setHeader("content-length", Buffer.concat(parts).length);
                return end(Buffer.concat(parts)); };
            return sent; }) as any;
        const Kafka = createRequire(import.meta.url)("kafka-rest");
        const sdk = new Kafka({ url })"""
    calls = {
        "record": 'sdk.topic("events").produce({ key: "u-7", value: "{}" })',
        "topics": "sdk.topics.list(() => {})",
    }
    return node(peer, ["kafka-rest@0.0.5"], given, calls)


def shopify(peer):
    """Write a customer; the SDK signs in with a session, and takes the mutation as text."""
    import tomllib
    from pathlib import Path

    import shopify as sdk

    file = "portcall-shopify/src/portcall_shopify/destination.toml"
    plugin = tomllib.loads((Path(__file__).parents[3] / "plugins" / file).read_text())
    query = plugin["actions"]["upsert_customer"]["json"]["query"]
    peer.otherwise(Reply(json={"data": {}}))
    sdk.ShopifyResource.activate_session(
        sdk.Session("acme.myshopify.com", "unstable", "shpat_0123456789abcdef1a2b3c4d")
    )
    sdk.ShopifyResource.site = f"{peer.url}/admin/api/2026-10"
    person = {"email": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace"}
    variables = {"identifier": {"email": "ada@example.com"}, "input": person}
    return {"graphql": record(peer, lambda: sdk.GraphQL().execute(query, variables))}


def webhook(_):
    """Sign a body with the package of those who wrote the specification."""
    from standardwebhooks import Webhook

    body, at = '{"event":"Order Completed"}', datetime(2026, 5, 1, 12, tzinfo=UTC)
    signature = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign("m-0", at, body)
    return {"signature": {"content": f"m-0.{at.timestamp():.0f}.{body}", "signature": signature}}
