"""A person signs in on another device (RFC 8628), while the page waits."""

import shutil
from pathlib import Path

import pytest

from portcall import Reach, SQLiteStore
from portcall.testing import OAuth2StandIn, Reply
from portcall_server.web.site import Site

OFFICE = Path(__file__).with_name("office.py")
HERE = "/destinations/office"
PAGE = f"{HERE}/device"
SECRET = "app-secret-1a2b"


@pytest.fixture
def server(peer, monkeypatch):
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_ID", "app-1")
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_SECRET", SECRET)
    made = OAuth2StandIn(peer, interval_s=0.05)
    peer.route("GET", "/me", made.guarded(Reply(json={"name": "Ada"})))
    return made


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    shutil.copy(OFFICE, folder)
    made = Site(
        reach=Reach(allow_private=("127.0.0.1",)),
        plugins=[folder],
        store=SQLiteStore(tmp_path / "home"),
    )
    yield made
    made.close()


@pytest.fixture
def begun(browser, peer, server):
    """Return the browser on the page that shows a code."""
    account = {"f__endpoint": peer.url, "client_id": "app-1", "client_secret": SECRET}
    browser.get(HERE)
    browser.post(HERE, do="check", **account)
    answer = browser.post(HERE, do="authorize", **account)
    assert answer.headers["location"] == PAGE
    return browser


def state(browser):
    return browser.get(PAGE, **{"x-portcall-part": "preview"}).page


def ended(site):
    [found] = site.device_sign_ins._held.values()
    found.wait(10)
    return found.state


def test_the_page_shows_code_and_link_and_ends_when_the_person_said_yes(begun, site, server, peer):
    page = begun.get(PAGE)
    assert "WDJB-0001" in page.text
    assert "/oauth/enter?user_code=WDJB-0001" in page.page
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.page
    assert "device-code-1" not in page.page
    assert SECRET not in page.page
    assert state(begun) == '{"state":"waiting"}'
    server.enter("WDJB-0001")
    assert ended(site) == "done"
    assert begun.get(PAGE).headers["location"] == HERE
    page = begun.get(HERE)
    assert "office is authorized. " in page.text
    assert "It has a token." in page.text
    fields = {"f__endpoint": peer.url, "client_id": "app-1"}
    assert "Signed in as Ada." in begun.post(HERE, do="test", **fields).text
    begun.post(HERE, do="keep", name="desk", **fields)
    assert site.store.get("desk").auth.access_token is not None


def test_a_connection_that_is_kept_is_authorized_again(begun, site, server, peer):
    server.enter("WDJB-0001")
    assert ended(site) == "done"
    begun.get(PAGE)
    begun.post(HERE, do="keep", name="desk", f__endpoint=peer.url, client_id="app-1")
    before = site.store.get("desk").auth.access_token.reveal()
    begun.get("/connections/desk")
    answer = begun.post("/connections/desk", do="device")
    assert answer.headers.get("location") == "/connections/desk/device", answer.text
    server.enter("WDJB-0002")
    site.device_sign_ins.get((begun.csrf, "connections", "desk")).wait(10)
    assert begun.get("/connections/desk/device").headers["location"] == "/connections/desk"
    assert site.store.get("desk").auth.access_token.reveal() != before


def test_a_person_who_says_no_is_told_and_may_begin_again(begun, site, server):
    server.enter("WDJB-0001", approves=False)
    assert ended(site) == "failed"
    page = begun.get(PAGE)
    assert page.status == 400
    assert "access_denied" in page.text
    assert "refresh" not in page.page.partition("<body")[0]
    assert begun.post(PAGE, do="again").headers["location"] == PAGE
    assert "WDJB-0002" in begun.get(PAGE).text


def test_a_sign_in_that_is_cancelled_asks_no_more(begun, site, server, peer):
    [found] = site.device_sign_ins._held.values()
    begun.get(PAGE)
    assert begun.post(PAGE, do="cancel").headers["location"] == HERE
    found.wait(10)
    assert found.state == "cancelled"
    asked = len(peer.received("/oauth/token"))
    server.enter("WDJB-0001")
    assert "cancelled" in begun.get(HERE).text
    assert begun.get(PAGE).headers["location"] == HERE
    assert len(peer.received("/oauth/token")) == asked
    assert server.grants == 0


def test_fields_that_change_break_the_sign_in_off(begun, site, peer):
    [found] = site.device_sign_ins._held.values()
    begun.post(HERE, do="check", f__endpoint=f"{peer.url}/else", client_id="app-1")
    found.wait(10)
    assert found.state == "cancelled"


def test_no_code_is_an_error_of_the_account_and_the_end_of_the_server_ends_all(begun, site, peer):
    [found] = site.device_sign_ins._held.values()
    peer.route("POST", "/oauth/device", Reply(400, json={"error": "invalid_client"}))
    begun.get(HERE)
    fields = {"f__endpoint": peer.url, "client_id": "app-1", "client_secret": SECRET}
    page = begun.post(HERE, do="authorize", **fields)
    assert page.status == 400
    assert "invalid_client" in page.text
    assert SECRET not in page.page
    site.close()
    found.wait(10)
    assert found.state == "cancelled"


def test_so_many_at_once_and_no_more(begun, site, monkeypatch, peer):
    monkeypatch.setattr("portcall_server.web.device_sign_ins.MOST", 1)
    with pytest.raises(Exception, match="sign-ins are under way"):
        site.device_sign_ins.begin(("another",), lambda: None)
