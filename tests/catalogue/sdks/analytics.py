"""SDKs of destinations for analytics."""

import json
import os
import subprocess
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qsl

from portcall.testing import Reply
from tests.catalogue.recording import AT, node, record


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


def segment(peer):
    """Send an event of each kind."""
    from segment.analytics import Client

    peer.otherwise(Reply(json={"success": True}))
    sdk = Client("wk-1a2b3c", host=peer.url, sync_mode=True, gzip=False)

    def read(request):
        found = json.loads(request.body)
        del (
            found["sentAt"],
            found["batch"][0]["context"]["library"],
        )  # when it was, and by which SDK
        return found

    at = {"timestamp": datetime(2026, 5, 1, 12, tzinfo=UTC), "message_id": "m-1"}
    calls = SimpleNamespace(
        track=lambda: sdk.track("u-7", "Order Completed", {"total": 41.5}, **at),
        identify=lambda: sdk.identify("u-7", {"email": "ada@example.com"}, **at),
        group=lambda: sdk.group("u-7", "g-1", **at),
        page=lambda: sdk.page("u-7", None, "Pricing", **at),
        screen=lambda: sdk.screen("u-7", None, "Home", **at),
        alias=lambda: sdk.alias("old-7", "u-7", **at),
    )
    return {name: record(peer, call, read) for name, call in vars(calls).items()}


def ga4(peer):
    """Send an event with Firebase's command line, which Google wrote."""
    given = """
        import { createRequire } from "node:module";

        process.env.XDG_CONFIG_HOME = process.cwd();
        const require = createRequire(import.meta.url);
        const real = require("node-fetch");
        const led = (to: string, options: object) =>
            real(to.replace("https://www.google-analytics.com", url), options);
        require.cache[require.resolve("node-fetch")]!.exports = { ...real, default: led };
        const { trackVSCode } = require("firebase-tools/lib/track")"""
    call = 'await trackVSCode("order_completed", { total: 30 })'

    def read(request):
        found = request.json()
        for each in found["user_properties"].values():
            each["value"] = "of the machine"
        return found

    found = node(peer, ["firebase-tools@14.27.0"], given, {"event": call}, read)
    found["event"]["query"] = sorted(
        found["event"]["query"]
    )  # the values are of Firebase's account
    return found


def _run_by_node(script, *arguments):
    """Run a module of Node, which finds packages in the folder that NODE_PATH names."""
    where = os.environ["NODE_PATH"]
    command = ["node", "--input-type=module", "-e", script, *arguments]
    subprocess.run(command, check=True, cwd=where, timeout=60)


_TEA = '[["p-1","Tea","Tea",20.75,2]]'
_TRACK = """
import { createRequire } from "node:module";
const Tracker = createRequire(process.cwd() + "/")("matomo-tracker");
const [url, event] = process.argv.slice(1);
new Tracker(1, url + "/matomo.php").trackBulk([JSON.parse(event)], () => process.exit(0));
"""


def matomo(peer):
    """Track an event, a page view and an order in bulk."""
    peer.otherwise(Reply(json={"status": "success", "tracked": 1, "invalid": 0}))
    shared = {
        "apiv": 1, "url": "https://shop.example/tea", "uid": "u-7", "cip": "203.0.113.7",
        "ua": "Mozilla/5.0", "lang": "en-GB",
    }  # fmt: skip
    events = {
        "track_event": {"e_c": "Videos", "e_a": "Video Played", "e_n": "Tea", "e_v": 2.5, "ca": 1},
        "track_page_view": {"action_name": "Tea"},
        "track_order": {"idgoal": 0, "ec_id": "o-1", "revenue": 41.5, "ec_items": _TEA},
    }
    times = {"track_event": AT, "track_order": AT}

    def sent(name):
        at = {"cdt": int(times[name].timestamp())} if name in times else {}
        written = json.dumps({**shared, **at, **events[name]})
        return record(
            peer,
            lambda: _run_by_node(_TRACK, peer.url, written),
            lambda request: [
                dict(parse_qsl(each.removeprefix("?"))) for each in request.json()["requests"]
            ],
        )

    return {name: sent(name) for name in events}


_SEE = """
const [url, name, options, referrer] = process.argv.slice(1);
const href = "https://shop.example/tea";
globalThis.location = { href, hostname: "shop.example", protocol: "https:", pathname: "/tea" };
globalThis.document = {
  referrer, addEventListener() {}, body: {}, documentElement: {}, visibilityState: "visible",
  querySelectorAll: () => [], hasFocus: () => true,
};
globalThis.ResizeObserver = class { observe() {} };
globalThis.navigator ??= {};
globalThis.window = globalThis;
globalThis.addEventListener = () => {};
const { init, track } = await import(process.cwd() + "/@plausible-analytics/tracker/plausible.js");
const endpoint = url + "/api/event";
init({ domain: "shop.example", endpoint, autoCapturePageviews: false, logging: false });
track(name, { ...JSON.parse(options), callback: () => process.exit(0) });
"""


def plausible(peer):
    """Track an event with its revenue, and a page view."""
    peer.otherwise(Reply(202))
    revenue = {"amount": 41.5, "currency": "EUR"}
    said = {
        "track_event": ("Purchase", {"props": {"plan": "pro"}, "revenue": revenue}),
        "track_page_view": ("pageview", {}),
    }

    def sent(name, options):
        call = (_SEE, peer.url, name, json.dumps(options), "https://news.example/")
        return record(
            peer, lambda: _run_by_node(*call), lambda request: _opened(json.loads(request.body))
        )

    return {name: sent(*each) for name, each in said.items()}


def _opened(body):
    """Return a body of the tracker, which writes properties and revenue as text."""
    return {
        n: json.loads(v) if n in {"p", "$"} and isinstance(v, str) else v for n, v in body.items()
    }
