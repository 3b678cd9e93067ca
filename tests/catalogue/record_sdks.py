"""Record what the SDKs of vendors send, for the tests of the destinations to compare with.

Each plugin's ``tests/sdk.json`` is what this wrote. To write it again, in an environment that has portcall
and the packages that the plugins' ``[tool.portcall.catalogue]`` name under ``sdk``:

    python tests/catalogue/record_sdks.py mixpanel amplitude posthog
"""

import json
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

from portcall.testing import Peer, Reply

PLUGINS = Path(__file__).parents[2] / "plugins"
AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
OPAQUE = {"user-agent", "connection", "accept", "accept-encoding", "content-length", "host"} | {
    "x-stripe-client-user-agent",  # which names the machine
}


def record(peer, call, read=lambda request: request.json()):
    """Return the one request that a call sends."""
    before = len(peer.requests)
    with suppress(Exception):  # what the SDK makes of the answer is not compared
        call()
    request = peer.requests[before]
    return {
        "method": request.method,
        "path": request.path,
        "query": dict(request.query),
        "authorization": request.headers.get("Authorization"),
        "headers": {
            name.lower(): value
            for name, value in request.headers.items()
            if name.lower() not in OPAQUE
        },
        "data": read(request),
    }


def mixpanel(peer):
    """Import an event, set and delete a profile."""
    from mixpanel import Consumer, Mixpanel, ServiceAccountCredentials

    account = ServiceAccountCredentials(
        "portcall.a1b2c3.mp-service-account", "Zx81QpLmN0rTuVwY", "2195193"
    )
    consumer = Consumer(
        people_url=f"{peer.url}/engage",
        import_url=f"{peer.url}/import",
        credentials=account,
        retry_limit=0,
    )
    sdk = Mixpanel("d8e1f2a3b4c5d6e7f8a9b0c1d2e3f4a5", consumer)
    peer.otherwise(Reply(json={"status": 1, "error": None, "code": 200}))

    def form(request):
        return json.loads(request.form["data"][0])

    order = {"total": 30, "$insert_id": "m-1"}
    traits = {"email": "ada@example.com", "name": "Ada", "plan": "pro"}
    set_to = {**traits, "$email": traits["email"], "$name": traits["name"]}
    return {
        "import": record(
            peer,
            lambda: sdk.import_data(None, "u-7", "Order Completed", int(AT.timestamp()), order),
            form,
        ),
        "people_set": record(peer, lambda: sdk.people_set("u-7", set_to), form),
        "people_delete": record(
            peer, lambda: sdk.people_delete("u-7", meta={"$ignore_alias": True}), form
        ),
    }


def amplitude(peer):
    """Log an event, identify a user."""
    from amplitude import Amplitude, BaseEvent, Config, EventOptions, Identify

    key = "a1b2c3d4e5f60718293a4b5c6d7e8f91"
    peer.otherwise(Reply(json={"code": 200, "events_ingested": 1}))

    def sent(call):
        sdk = Amplitude(key, Config(server_url=f"{peer.url}/2/httpapi", flush_interval_millis=10))

        def run():
            call(sdk)
            for future in sdk.flush() or ():
                if future is not None:
                    future.result()
            sdk.shutdown()

        return record(peer, run)

    event = BaseEvent(
        "Order Completed",
        user_id="user-7",
        time=int(AT.timestamp() * 1000),
        insert_id="m-1",
        event_properties={"total": 30, "revenue": 25.5},
        revenue=25.5,
    )
    identify = Identify()
    identify.set("plan", "pro")
    group = Identify()
    group.set("seats", 12)
    return {
        "track": sent(lambda sdk: sdk.track(event)),
        "identify": sent(lambda sdk: sdk.identify(identify, EventOptions(user_id="user-7"))),
        "group": sent(lambda sdk: sdk.group_identify("company", "acme", group)),
    }


def posthog(peer):
    """Capture an event, set a person's properties, set a group's."""
    from gzip import decompress

    from posthog import Posthog

    sdk = Posthog(
        "phc_1a2b3c4d5e6f7a8b9c0d", host=peer.url, sync_mode=True, gzip=False, disable_geoip=False
    )
    peer.otherwise(Reply(json={"status": "Ok"}))

    def read(request):
        body = request.body
        found = json.loads(decompress(body) if body[:2] == b"\x1f\x8b" else body)
        for event in found["batch"]:  # what it says of the machine is no part of the comparison
            of_machine = [
                name for name in event["properties"] if name.startswith(("$os", "$python"))
            ]
            for name in of_machine:
                del event["properties"][name]
        return found

    calls = SimpleNamespace(
        capture=lambda: sdk.capture(
            "Order Completed",
            distinct_id="u-7",
            timestamp=AT,
            properties={
                "total": 30,
                "$ip": "192.0.2.7",
                "$current_url": "https://shop.example/thanks",
            },
        ),
        set=lambda: sdk.set(distinct_id="u-7", properties={"plan": "pro"}),
        group=lambda: sdk.group_identify("company", "acme", {"seats": 12}, distinct_id="u-7"),
    )
    return {name: record(peer, call, read) for name, call in vars(calls).items()}


def intercepted(call):
    """Return the one request that a call sends with requests, whichever host it is for."""
    import requests
    from requests.adapters import HTTPAdapter

    found = []

    def send(_, request, **__):
        found.append(request)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = 200, request.url, request
        answer._content, answer.headers["Content-Type"] = b"{}", "application/json"
        return answer

    kept, HTTPAdapter.send = HTTPAdapter.send, send
    try:
        call()
    finally:
        HTTPAdapter.send = kept
    [request] = found
    place = urlsplit(request.url)
    body = request.body.encode() if isinstance(request.body, str) else request.body
    kind = request.headers.get("Content-Type", "")
    read = (
        json.loads if kind.startswith("application/json") else lambda text: parse_qs(text.decode())
    )
    return {
        "method": request.method,
        "host": place.hostname,
        "path": place.path,
        "query": parse_qs(place.query),
        "authorization": request.headers.get("Authorization"),
        "data": None if body is None else read(body),
    }


def discord(_):
    """Post a message to a thread of a webhook's channel."""
    import requests
    from discord import Object, SyncWebhook

    token = "3d89bb7572e0fb30d8128367b3b1b44f3d89bb7572e0fb30d8128367b3b1b44f0123"
    url = f"https://discord.com/api/webhooks/223704706495545344/{token}"
    hook = SyncWebhook.from_url(url, session=requests.Session())

    def post():
        # The answer has none of a message's members, which the SDK wants to read.
        with suppress(KeyError):
            hook.send("Order Completed by u-7", wait=True, thread=Object(99))

    return {"post": intercepted(post)}


def mailgun(_):
    """Send an email in the EU, unsubscribe an address, ask for the domain and its templates."""
    from mailgun.client import Client

    sdk = Client(auth=("api", "key-1a2b3c4d"), api_url="https://api.eu.mailgun.net/")
    email = {
        "from": "Shop <shop@mg.example.com>",
        "to": "ada@example.com",
        "subject": "Order Completed",
        "text": "Thank you",
    }
    domain, kind = "mg.example.com", {"Content-Type": "application/json"}
    gone = json.dumps([{"address": "ada@example.com"}])
    calls = SimpleNamespace(
        send=lambda: sdk.messages.create(data=email, domain=domain),
        unsubscribe=lambda: sdk.unsubscribes.create(data=gone, domain=domain, headers=kind),
        domain=lambda: sdk.domains.get(domain_name=domain),
        templates=lambda: sdk.templates.get(domain=domain),
    )
    return {name: intercepted(call) for name, call in vars(calls).items()}


def _notified(url):
    from apprise import Apprise

    sdk = Apprise()
    assert sdk.add(url)
    return intercepted(lambda: sdk.notify(title="Order Completed", body="Thank you"))


def teams(_):
    """Post a title and a text through the webhook of a workflow."""
    host = "prod-12.westeurope.logic.azure.com:443"
    return {"post": _notified(f"workflows://{host}/0123456789abcdef/1a2b3c4d5e6f/")}


def ntfy(_):
    """Publish a notification with an access token."""
    token = "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"
    return {"publish": _notified(f"ntfys://{token}@ntfy.sh/orders?auth=token")}


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


def meta_conversions(peer):
    """Make the body of a purchase; the SDK's host cannot be led elsewhere."""
    from facebook_business.adobjects.serverside import (
        action_source,
        content,
        custom_data,
        event,
        event_request,
        user_data,
    )

    person = user_data.UserData(
        email=" Ada@Example.com ",
        phone="+44 20 7946 0958",
        first_name="Ada",
        last_name="Lovelace",
        client_ip_address="203.0.113.7",
        client_user_agent="Mozilla/5.0",
    )
    product = content.Content(product_id="p-1", quantity=2, item_price=20.75)
    bought = custom_data.CustomData(value=41.5, currency="EUR", order_id="o-1", contents=[product])
    order = event.Event(
        event_name="Purchase",
        event_time=1777636800,
        event_id="m-1",
        event_source_url="https://shop.example/thanks",
        action_source=action_source.ActionSource.WEBSITE,
        user_data=person,
        custom_data=bought,
    )
    request = event_request.EventRequest(pixel_id="1234567890123456", events=[order])
    return {"purchase": {"data": request.normalize()}}


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


def klaviyo(peer):
    """Create events, import profiles, ask for a deletion."""
    from klaviyo_api import KlaviyoAPI

    sdk = KlaviyoAPI("pk_1a2b3c4d5e6f7a8b9c0d1e", max_retries=0)
    for part in (sdk.Events, sdk.Profiles, sdk.Data_Privacy):
        part.api_client.configuration.host = peer.url
        part.api_client.configuration._base_path = peer.url
    peer.otherwise(Reply(202, json={"data": {"type": "profile-bulk-import-job", "id": "1"}}))

    def typed(kind, attributes):
        return {"data": {"type": kind, "attributes": attributes}}

    person = {"email": "ada@example.com"}
    event = {
        "metric": typed("metric", {"name": "Order Completed"}),
        "properties": {"email": "ada@example.com", "total": 30.5, "currency": "EUR"},
        "time": "2026-11-01T12:00:00+00:00",
        "value": 30.5,
        "value_currency": "EUR",
        "unique_id": "m-1",
    }
    one = {
        "profile": typed("profile", {**person, "external_id": "u-7"}),
        "events": {"data": [{"type": "event", "attributes": event}]},
    }
    events = typed(
        "event-bulk-create-job",
        {"events-bulk-create": {"data": [{"type": "event-bulk-create", "attributes": one}]}},
    )
    profile = typed(
        "profile",
        {
            **person,
            "external_id": "u-7",
            "first_name": "Ada",
            "location": {"city": "London", "country": "United Kingdom"},
            "properties": {"plan": "pro"},
        },
    )
    job = typed(
        "profile-bulk-import-job",
        {"profiles": {"data": [{"type": "profile", "attributes": person}]}},
    )
    job["data"]["relationships"] = {"lists": {"data": [{"type": "list", "id": "Y6nRLr"}]}}
    gone = typed("data-privacy-deletion-job", {"profile": typed("profile", person)})
    options = {"additional_headers": {}}
    calls = {
        "bulk_create_events": lambda: sdk.Events.bulk_create_events(events, options=options),
        "create_or_update_profile": lambda: sdk.Profiles.create_or_update_profile(
            profile, options=options
        ),
        "bulk_import_profiles": lambda: sdk.Profiles.bulk_import_profiles(job, options=options),
        "request_profile_deletion": lambda: sdk.Data_Privacy.request_profile_deletion(
            gone, options=options
        ),
    }
    return {name: record(peer, call) for name, call in calls.items()}


def customerio(peer):
    """Send a batch of each kind of operation."""
    from customerio import CustomerIO

    sdk = CustomerIO("7a1b2c3d4e5f6a7b8c9d", "0d1e2f3a4b5c6d7e8f9a", retries=0)
    real = sdk.send_request
    sdk.send_request = lambda method, url, data: real(
        method, url.replace(f"https://{sdk.host}", peer.url), data
    )
    peer.otherwise(Reply(json={}))
    identifiers = {"id": "u-7"}
    event = {
        "type": "person",
        "action": "event",
        "identifiers": identifiers,
        "name": "Order Completed",
        "timestamp": int(AT.timestamp()),
        "attributes": {"total": 30},
    }
    person = {
        "type": "person",
        "action": "identify",
        "identifiers": identifiers,
        "attributes": {"email": "ada@example.com", "plan": "pro"},
    }
    return {
        "track_event": record(peer, lambda: sdk.batch([event])),
        "identify_person": record(peer, lambda: sdk.batch([person])),
    }


RECORDERS = {
    each.__name__.replace("_", "-"): each
    for each in (
        mixpanel, amplitude, posthog, klaviyo, customerio, discord, mailgun, teams, ntfy,
        bigquery, google_sheets, stripe, meta_conversions, elasticsearch, influxdb,
    )
}  # fmt: skip


def main(slugs):
    """Record the SDKs of some destinations."""
    for slug in slugs:
        with Peer() as peer:
            found = RECORDERS[slug](peer)
        text = json.dumps(found, indent=2, sort_keys=True)
        (PLUGINS / f"portcall-{slug}" / "tests" / "sdk.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
