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
OPAQUE = {"user-agent", "connection", "accept", "accept-encoding", "content-length", "host"}


def record(peer, call, read=lambda request: request.json()):
    """Return the one request that a call sends."""
    before = len(peer.requests)
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


RECORDERS = {
    each.__name__: each for each in (mixpanel, amplitude, posthog, discord, mailgun, teams, ntfy)
}


def main(slugs):
    """Record the SDKs of some destinations."""
    for slug in slugs:
        with Peer() as peer:
            found = RECORDERS[slug](peer)
        text = json.dumps(found, indent=2, sort_keys=True)
        (PLUGINS / f"portcall-{slug}" / "tests" / "sdk.json").write_text(f"{text}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
