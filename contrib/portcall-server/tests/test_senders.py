"""The libraries that people send with, from their registries, send to the service as they are."""

import json
import subprocess
import time
from contextlib import closing

import pytest

from portcall.testing import Reply

KEY = "wk-for-tests-1234"
NODE = (
    "@segment/analytics-node@3.1.0",
    "@segment/analytics-next@1.84.3",
    "@rudderstack/rudder-sdk-node@3.0.13",
)
PYTHON = "segment-analytics-python==2.4.0"

SEGMENT_NODE = """
const { Analytics } = require('@segment/analytics-node');
const [writeKey, host] = process.argv.slice(2);
const analytics = new Analytics({ writeKey, host, maxRetries: 0 });
analytics.on('error', (error) => { console.error(error); process.exitCode = 1; });
analytics.identify({ userId: 'ada', traits: { plan: 'pro' } });
analytics.track({ userId: 'ada', event: 'Ordered', properties: { total: 7 } });
analytics.page({ userId: 'ada', name: 'Home' });
analytics.screen({ userId: 'ada', name: 'Start' });
analytics.group({ userId: 'ada', groupId: 'g' });
analytics.alias({ userId: 'ada', previousId: 'anon' });
analytics.closeAndFlush({ timeout: 20000 });
"""
RUDDER_NODE = """
const Module = require('@rudderstack/rudder-sdk-node');
const Analytics = Module.default || Module;
const [writeKey, dataPlaneUrl] = process.argv.slice(2);
const fail = (error) => { if (error) { console.error(error); process.exitCode = 1; } };
const analytics = new Analytics(writeKey, { dataPlaneUrl, gzip: true, errorHandler: fail });
analytics.identify({ userId: 'ada', traits: { plan: 'pro' } });
analytics.track({ userId: 'ada', event: 'Ordered', properties: { total: 7 } });
analytics.page({ userId: 'ada', name: 'Home' });
analytics.screen({ userId: 'ada', name: 'Start' });
analytics.group({ userId: 'ada', groupId: 'g' });
analytics.alias({ userId: 'ada', previousId: 'anon' });
analytics.flush().then(() => process.exit(process.exitCode), (error) => { fail(error); process.exit(1); });
"""
SEGMENT_PYTHON = """
import sys
from segment.analytics.client import Client
failed = []
client = Client(
    sys.argv[1], host=sys.argv[2], gzip=True, max_retries=0,
    on_error=lambda error, items: failed.append(error),
)
client.identify("ada", {"plan": "pro"})
client.track("ada", "Ordered", {"total": 7})
client.page("ada", name="Home")
client.screen("ada", name="Start")
client.group("ada", "g")
client.alias("anon", "ada")
client.shutdown()
sys.exit(f"{failed}" if failed else 0)
"""
PAGE = """<!doctype html><title>shop</title><h1>waiting</h1>
<script>
  window.analytics = [];
  analytics._writeKey = WRITE_KEY;
  analytics._cdn = SERVICE;
  analytics.push(['ready', () => {
    analytics.identify('ada', { plan: 'pro' });
    analytics.page('Home');
    analytics.group('g');
    analytics.alias('ada2', 'ada');
    analytics.screen('Start');
    analytics.track('Ordered', { total: 7 }).then(() => {
      document.querySelector('h1').textContent = 'sent';
    });
  }]);
</script>
<script src="/standalone.js"></script>
"""
ALL = ["alias", "group", "identify", "page", "screen", "track"]


@pytest.fixture(scope="module")
def node():
    """Return the program and the folder of the packages."""
    from tests.realservers.installing import NotInstallableError, node_packages

    try:
        return node_packages("senders", *NODE)
    except NotInstallableError as exc:
        pytest.skip(f"the libraries cannot be installed: {exc}")


def run(*command, cwd):
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def check(running, *, server=True):
    events = {each["type"]: each for each in running.waiting()}
    assert sorted(events) == ALL
    assert len(running.waiting()) == len(ALL)
    assert events["track"]["event"] == "Ordered"
    assert events["track"]["properties"]["total"] == 7
    assert events["identify"]["traits"]["plan"] == "pro"
    assert events["group"]["groupId"] == "g"
    assert (events["alias"]["previousId"], events["page"]["name"]) == (
        ("anon", "Home") if server else ("ada", "Home")
    )
    for each in events.values():
        assert each["messageId"]
        assert each["receivedAt"].endswith("Z")
        assert each["context"]["library"]["name"]
        assert KEY not in json.dumps(each)


@pytest.mark.parametrize("script", [SEGMENT_NODE, RUDDER_NODE], ids=["segment", "rudderstack"])
def test_the_libraries_for_node_send_every_type(idle, node, tmp_path, script):
    program, folder = node
    (tmp_path / "send.js").write_text(script)
    (tmp_path / "node_modules").symlink_to(folder / "node_modules")
    run(program, "--preserve-symlinks-main", tmp_path / "send.js", KEY, idle.url, cwd=tmp_path)
    check(idle)


def test_the_library_for_python_sends_every_type(idle, tmp_path):
    from tests.realservers.installing import NotInstallableError, python_environment

    try:
        python = python_environment("senders-python", PYTHON)
    except NotInstallableError as exc:
        pytest.skip(f"the library cannot be installed: {exc}")
    run(python, "-c", SEGMENT_PYTHON, KEY, idle.url, cwd=tmp_path)
    check(idle)


def test_analytics_js_sends_every_type_from_a_page_of_another_origin(idle, node, peer, real_server):
    from tests.realservers.test_browser import Chromium

    bundle = node[1] / "node_modules/@segment/analytics-next/dist/umd/standalone.js"
    page = PAGE.replace("WRITE_KEY", json.dumps(KEY)).replace("SERVICE", json.dumps(idle.url))
    peer.route("GET", "/", Reply(200, body=page.encode(), headers={"Content-Type": "text/html"}))
    script = {"Content-Type": "text/javascript"}
    peer.route("GET", "/standalone.js", Reply(200, body=bundle.read_bytes(), headers=script))
    peer.route("GET", "/favicon.ico", Reply(404))
    with closing(Chromium(real_server("chromium"))) as browser:
        browser.open(f"{peer.url}/")
        browser.wait_for("sent")
        ends = time.monotonic() + 20
        while len(idle.waiting()) < len(ALL) and time.monotonic() < ends:
            time.sleep(0.02)
    check(idle, server=False)
    assert {each["context"]["page"]["url"] for each in idle.waiting()} == {f"{peer.url}/"}
