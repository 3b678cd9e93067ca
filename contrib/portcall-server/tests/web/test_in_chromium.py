"""The pages in headless Chromium: by keyboard alone, narrow and dark, and what axe-core finds."""

import json
import shutil
from pathlib import Path

import pytest
from tests.realservers.chromium import Window
from tests.realservers.installing import NotInstallableError, npm_files

from portcall import Host, Reach, SQLiteStore
from portcall.outbox import Workers
from portcall.testing import OAuth2StandIn, Reply
from portcall_server.web.site import Site

AXE = "axe-core@4.14.1"
ACTION = "/destinations/acme/actions/open_ticket"
EVENT = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u-7",
    "properties": {"order_id": "o-1"},
}
STANDARDS = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']"
CONTRAST = "{type: 'rule', values: ['color-contrast']}"
FOUND = """axe.run(document, {resultTypes: ['violations'], runOnly: RULES}).then((found) =>
    found.violations.filter((each) => ['serious', 'critical'].includes(each.impact))
    .map((each) => each.id + each.nodes.map((node) => ' ' + node.html)))"""


@pytest.fixture(scope="module")
def browser_window(real_server):
    with Window(real_server("chromium")) as opened:
        yield opened


@pytest.fixture(scope="module")
def axe():
    try:
        return npm_files(AXE, "axe.min.js")["axe.min.js"].read_text("utf-8")
    except NotInstallableError as error:
        pytest.skip(f"axe-core cannot be installed: {error}")


@pytest.fixture
def window(browser_window, serve):
    """Return a window that was let in."""
    url, access = serve()
    browser_window.look()
    browser_window.open(f"{url}/?token={access.token.value}")
    browser_window.complaints()
    browser_window.base = url
    return browser_window


@pytest.fixture
def site(acme, tmp_path):
    """Return what the pages share, with a destination that is signed in to on another device."""
    office = shutil.copy(Path(__file__).with_name("office.py"), tmp_path)
    made = Site(
        reach=Reach(allow_private=("127.0.0.1",)),
        plugins=[acme, office],
        store=SQLiteStore(tmp_path / "home"),
    )
    yield made
    made.close()


def begin_on_device(window, peer):
    """Lead to the page of a sign-in on another device."""
    window.open(f"{window.base}/destinations/office")
    window.fill('[id="f.endpoint"]', peer.url)
    window.fill("#client_id", "app-1")
    window.fill("#client_secret", "app-secret-1a2b")
    window.click("button[value=authorize]")
    window.wait_for("document.querySelector('[data-watch]')")


@pytest.fixture
def world(window, site, api, acme, tmp_path):
    """Return the path of every page of a server with something on each of them."""
    settings = {"endpoint": api.url, "api_key": "k3y-planted"}
    options = {"allow_private": ["127.0.0.1"], "plugins": [acme], "store": site.store}
    with Host(**options, outbox=tmp_path / "outbox.db") as host:
        host.connections.create("shop", "acme", settings)
        host.outbox.put("shop", "open_ticket", EVENT)
        Workers(host).drain()
        api.route("POST", "/tickets", Reply(422, json={"error": "no such queue"}))
        dead = host.outbox.put("shop", "open_ticket", EVENT)
        Workers(host).drain()
        host.outbox.park("shop")
        site.outbox = host.outbox
        fill_in(window, api)
        OAuth2StandIn(api, interval_s=300)
        begin_on_device(window, api)
        yield [
            "/", "/destinations/office", "/destinations/office/device",
            "/destinations/acme", "/connections/shop", ACTION, f"{ACTION}/choices/queue",
            "/deliveries", "/deliveries/dead", f"/deliveries/events/{dead}", "/destinations/none",
        ]  # fmt: skip


def fill_in(window, api):
    window.open(f"{window.base}/destinations/acme")
    window.fill('[id="f.endpoint"]', api.url)
    window.fill('[id="f.api_key"]', "k3y-planted")
    window.click("button[value=check]")
    window.wait_for("document.querySelector('.note.good')")


def test_every_page_is_sound_wide_and_light_and_narrow_and_dark(window, world, axe):
    faults = []
    for path in world:
        window.open(f"{window.base}{path}")
        window.do(axe)
        for width, dark, rules in ((1280, False, STANDARDS), (360, True, CONTRAST)):
            window.look(width, 800, dark=dark)
            if window.run("document.documentElement.scrollWidth") > width:
                faults.append(f"{path} is wider than {width}")
            found = window.run(FOUND.replace("RULES", rules))
            faults += [f"{path} {width}: {each}" for each in found]
        complaints = window.complaints()
        if path not in {
            "/deliveries/events/0",
            "/destinations/none",
        }:  # answered 400, which is said
            faults += [f"{path}: {each}" for each in complaints]
    assert not faults


def test_an_event_is_tried_and_sent_by_keyboard_alone(window, api):
    window.open(f"{window.base}/destinations/acme")
    tab_to(window, "f.endpoint")
    window.press(*api.url)
    tab_to(window, "f.api_key")
    window.press(*"k3y-planted")
    window.press("Enter")
    window.wait_for("document.querySelector('.note.good')")
    window.open(f"{window.base}{ACTION}")
    tab_to(window, "m.title")
    window.press(*"A title")
    window.wait_for("document.getElementById('preview').textContent.includes('A title')")
    assert not api.received("/tickets")
    window.do("document.activeElement.blur()")
    tab_to(window, "send")
    window.press("Enter")
    window.wait_for("document.querySelector('.panel .badge.good')")
    assert api.received("/tickets")[0].json()["title"] == "A title"
    assert not window.complaints()


def tab_to(window, name):
    """Press Tab until an element is reached, and see that it shows it."""
    for _ in range(80):
        window.press("Tab")
        at = window.run("[document.activeElement.id, document.activeElement.value]")
        if name in at:
            outline = window.run("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", name
            return
    raise AssertionError(f"no Tab leads to {name}")


def test_the_page_of_a_device_goes_on_when_the_person_has_decided(window, peer):
    server = OAuth2StandIn(peer, interval_s=0.1)
    begin_on_device(window, peer)
    assert "WDJB-0001" in window.source
    server.enter("WDJB-0001")
    window.wait_for("document.body.textContent.includes('office is authorized.')")
    assert not window.complaints()


def test_fields_show_where_their_condition_holds_and_all_do_without_scripts(window):
    window.open(f"{window.base}/destinations/acme")
    hidden = "document.getElementById('f.app_id').closest('.field').hidden"
    assert window.run(hidden)
    window.do("const s = document.getElementById('f.flow'); s.value = 'app';"
              "s.dispatchEvent(new Event('input', {bubbles: true}))")  # fmt: skip
    assert not window.run(hidden)
    assert window.run("document.getElementById('f.api_key').closest('.field').hidden")
    window.without_scripts()
    try:
        window.open(f"{window.base}/destinations/acme")
        assert 'id="f.app_id"' in window.source
        assert "hidden" not in window.source.partition("<form")[2].replace('type="hidden"', "")
    finally:
        window.without_scripts(off=False)


def test_the_preview_follows_an_edit_of_the_plugin(window, api, acme):
    fill_in(window, api)
    window.open(f"{window.base}{ACTION}")
    window.do(f"document.getElementById('event').value = {json.dumps(json.dumps(EVENT))}")
    acme.write_text(acme.read_text().replace('label="Title"', 'label="Headline"'))
    window.wait_for("document.getElementById('preview').textContent.includes('Headline')")
    window.wait_for("document.getElementById('preview').textContent.includes('o-1 of u-7')")
