"""The stand-in of an API with sessions, as judged by requests and by our own scheme."""

import pytest
import requests

from portcall import AuthenticationError, RequestOptions, hookimpl
from portcall.testing import MovingClock, Reply, SessionStandIn, StandInHost
from portcall_session import Cookie, InCookie, InHeader, Json, SessionLogin, SessionRequest, log_out

ADA = {"username": "ada", "password": "pw-1a2b3c4d"}


@pytest.fixture
def browser():
    with requests.Session() as session:
        yield session


def me(peer, browser, **more):
    return browser.get(f"{peer.url}/me", timeout=5, **more).status_code


def guarded(peer, **options):
    server = SessionStandIn(peer, **options)
    peer.route("GET", "/me", server.guarded(Reply(json={"name": "Ada"})))
    peer.route("POST", "/orders", server.guarded(Reply(201)))
    return server


@pytest.mark.parametrize("way", ["json", "data"])
def test_a_log_in_gives_a_cookie_that_a_browser_sends_back(peer, browser, way):
    server = guarded(peer)
    assert me(peer, browser) == 401
    assert browser.post(f"{peer.url}/login", **{way: ADA}, timeout=5).ok
    assert me(peer, browser) == 200
    assert (server.logins, server.live) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [{**ADA, "password": "x"}, {"username": "ada"}, {}, {**ADA, "username": ["ada"]}],
)
def test_wrong_credentials_get_no_session(peer, browser, wrong):
    server = guarded(peer)
    answer = browser.post(f"{peer.url}/login", json=wrong, timeout=5)
    assert (answer.status_code, server.refused, server.logins) == (401, 1, 0)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "media"), [(b"{", "application/json"), (b"[1]", "application/json"), (b"", "")]
)
def test_a_log_in_that_cannot_be_read_gets_no_session(peer, browser, body, media):
    guarded(peer)
    headers = {"Content-Type": media}
    answer = browser.post(f"{peer.url}/login", data=body, headers=headers, timeout=5)
    assert answer.status_code == 401


def test_logging_out_ends_the_session_and_takes_the_cookie_back(peer, browser):
    server = guarded(peer)
    browser.post(f"{peer.url}/login", json=ADA, timeout=5)
    kept = dict(browser.cookies)
    assert browser.post(f"{peer.url}/logout", timeout=5).status_code == 204
    assert not browser.cookies
    assert me(peer, browser, cookies=kept) == 401
    assert (server.logouts, server.live) == (1, 0)
    assert browser.delete(f"{peer.url}/logout", timeout=5).status_code == 401


@pytest.mark.parametrize(("slides", "status"), [(False, 401), (True, 200)])
def test_a_session_ends_by_the_clock_of_the_test_which_use_may_put_off(
    peer, browser, slides, status
):
    clock = MovingClock()
    server = guarded(peer, lifetime_s=60, slides=slides, clock=clock)
    browser.post(f"{peer.url}/login", json=ADA, timeout=5)
    clock.advance(50)
    assert me(peer, browser) == 200
    server.advance(50)
    assert me(peer, browser) == status


@pytest.mark.parametrize(("header", "value"), [("X-Session", "{}"), ("Authorization", "Bearer {}")])
def test_a_session_in_a_header(peer, browser, header, value):
    guarded(peer, header=header, token="key")
    token = browser.post(f"{peer.url}/login", json=ADA, timeout=5).json()["key"]
    assert me(peer, browser, headers={header: value.format(token)}) == 200
    assert me(peer, browser, headers={header: value.format("other")}) == 401
    assert me(peer, browser, headers={header: f"Basic {token}"}) == 401
    assert me(peer, browser, cookies={"session": token}) == 401


def test_what_changes_something_needs_the_header_against_forgery(peer, browser):
    guarded(peer, csrf_header="X-CSRF-Token")
    csrf = browser.post(f"{peer.url}/login", json=ADA, timeout=5).json()["csrf"]
    assert me(peer, browser) == 200
    orders = f"{peer.url}/orders"
    assert browser.post(orders, timeout=5).status_code == 401
    assert browser.post(orders, headers={"X-CSRF-Token": csrf}, timeout=5).status_code == 201


class Shop:
    """A destination of our session scheme."""

    def __init__(self, session, sent):
        self.session, self.sent = session, sent

    @hookimpl
    def auth_scheme(self):
        return "session"

    @hookimpl
    def allowed_hosts(self):
        return ["api.shop.example"]

    @hookimpl
    def session_login(self, settings):
        login = {"username": settings.username, "password": settings.password}
        return SessionLogin(
            request=SessionRequest(url="/login", json=login),
            session=self.session,
            sent=self.sent,
            logout=SessionRequest(url="/logout"),
        )

    @hookimpl
    def extend_request(self):
        return RequestOptions(base_url="https://api.shop.example")

    @hookimpl
    def test_authentication(self, client):
        return client.get("/me").json()["name"]


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ({}, (Cookie("session"), InCookie("session"))),
        ({"header": "X-Session"}, (Json("token"), InHeader("X-Session"))),
    ],
)
def test_our_scheme_logs_in_again_when_a_session_has_ended(peer, options, places):
    server = guarded(peer, **options)
    with StandInHost(plugins={"shop": Shop(*places)}) as host:
        host.stand_in("api.shop.example", peer)
        connection = host.destination("shop").connect(ADA)
        assert connection.test() == "Ada"
        server.advance(1800)
        assert connection.test() == "Ada"
        server.end_sessions()
        assert connection.test() == "Ada"
        assert log_out(connection)
        assert (server.live, server.logouts) == (0, 1)
        wrong = host.destination("shop").connect({**ADA, "password": "wrong"})
        with pytest.raises(AuthenticationError):
            wrong.test()
    assert (server.logins, server.refused) == (3, 1)
