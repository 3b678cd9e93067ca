"""A person says yes on the destination's page, and comes back to this server."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from portcall.testing import Reply

OFFICE = (
    Path(__file__)
    .with_name("office.py")
    .read_text()
    .replace("device_url", "authorize_url")
    .replace("/oauth/device", "/authorize")
)
TOKEN = "acce55-t0ken-of-the-office"
CODE = "c0de-of-the-office"
SECRET = "s3cret-of-the-client"


@pytest.fixture
def office(acme, peer):
    """Return a peer that grants tokens, and has a destination called office lead to it."""
    acme.with_name("office.py").write_text(OFFICE)
    peer.route(
        "POST",
        "/oauth/token",
        Reply(json={"access_token": TOKEN, "token_type": "bearer", "expires_in": 60}),
    )
    peer.route("GET", "/me", Reply(json={"name": "Ada"}))
    return peer


@pytest.fixture
def acme(tmp_path):
    folder = tmp_path / "plugins"
    folder.mkdir()
    return folder / "acme.py"


@pytest.fixture
def site(acme, office, tmp_path):
    from portcall import Reach, SQLiteStore
    from portcall_server.web.site import Site

    made = Site(
        reach=Reach(allow_private=("127.0.0.1",)),
        plugins=[acme.parent],
        store=SQLiteStore(tmp_path / "home"),
    )
    yield made
    made.close()


def leave(browser, office):
    """Begin to authorize; return the page that leads away, and where it does."""
    browser.get("/destinations/office")
    page = browser.post(
        "/destinations/office",
        do="authorize", f__endpoint=office.url, client_id="app", client_secret=SECRET,
    )  # fmt: skip
    return page, unescape(re.search(r'rel="noreferrer" href="([^"]+)"', page.page)[1])


def test_the_browser_is_sent_away_and_comes_back_with_a_token(browser, office):
    page, target = leave(browser, office)
    asked = parse_qs(urlsplit(target).query)
    assert asked["redirect_uri"] == [f"{browser.url}/authorized"]
    assert SECRET not in page.page
    answer = browser.get(f"/authorized?code={CODE}&state={asked['state'][0]}")
    assert answer.headers["location"] == "/destinations/office"
    page = browser.get("/destinations/office")
    assert "office is authorized." in page.text
    assert "It has a token." in page.text
    page = browser.post("/destinations/office", do="test", f__endpoint=office.url, client_id="app")
    assert "Signed in as Ada." in page.text
    assert TOKEN not in page.page
    assert office.received("/me")[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_redirect_of_another_site_has_no_cookie_and_is_asked_for_once_more(browser, office):
    _, target = leave(browser, office)
    state = parse_qs(urlsplit(target).query)["state"][0]
    cookie, browser.cookie = browser.cookie, ""
    bounced = browser.get(f"/authorized?code={CODE}&state={state}")
    again = unescape(re.search(r'content="0;url=([^"]+)"', bounced.page)[1])
    assert again == f"/authorized?code={CODE}&state={state}&portcall-again=1"
    assert browser.get(again).status == 403
    browser.cookie = cookie
    assert browser.get(again).headers["location"] == "/destinations/office"


@pytest.mark.parametrize(
    "query", [f"code={CODE}&state=forged", "error=access_denied&state={state}", ""]
)
def test_an_answer_that_is_not_ours_or_says_no_gives_no_token(browser, office, query):
    _, target = leave(browser, office)
    state = parse_qs(urlsplit(target).query)["state"][0]
    answer = browser.get(f"/authorized?{query.format(state=state)}")
    assert answer.status == 400
    assert CODE not in answer.page
    assert not office.received("/oauth/token")


def test_without_an_authorization_under_way_there_is_nothing_to_come_back_to(browser):
    assert browser.get(f"/authorized?code={CODE}&state=x").status == 400
