"""How logins look, where sessions stand and go, how long they last, and what goes wrong."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

import portcall_session.signing_in
from portcall import (
    Auth,
    AuthenticationError,
    HookError,
    Host,
    PolicyError,
    ReauthorizationError,
    RefreshError,
    ResponseError,
    SignInNotFoundError,
    hookimpl,
)
from portcall.testing import Reply
from portcall_session import (
    Cookie,
    Header,
    InCookie,
    InHeader,
    InQuery,
    Json,
    MaxAge,
    NotSignedIn,
    SessionLogin,
    SessionRequest,
    log_out,
)

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
LOGIN = SessionRequest(url="/login", json={})


def only(**more):
    """A login that takes nothing from the settings."""
    given = {"request": LOGIN, "session": Json("token"), "sent": InHeader("X-Session")}
    return lambda: SessionLogin(**{**given, **more})


def test_the_first_request_has_a_session_already(one_session, connect):
    server = one_session()
    saved = []
    connection = connect(save=saved.append)
    assert connection.client.get("/api").json() == {"session": "session-1"}
    assert (server.logins, server.strangers) == (1, 0)
    assert [auth.access_token.reveal() for auth in saved] == ["session-1"]


def test_a_session_serves_until_it_is_refused(one_session, connect):
    server = one_session()
    connection = connect()
    for _ in range(3):
        connection.client.get("/api")
    assert server.logins == 1
    server.session = "another user's"
    connection.client.post("/api", json={"a": 1})
    assert (server.logins, server.refused) == (2, 1)


LOGINS = [
    (SessionRequest(url="/login", json={"user": "ada"}), "application/json", b'{"user":"ada"}'),
    (
        SessionRequest(url="/login", form={"u": "ada", "p": "pw&="}, headers={"X-App": "7"}),
        "application/x-www-form-urlencoded",
        b"u=ada&p=pw%26%3D",
    ),
    (SessionRequest(url="/login", username="ada", password="pw"), "", b""),
    (SessionRequest(url="/login", method="PUT", query={"v": "2"}), "", b""),
]


@pytest.mark.parametrize(("request_", "media_type", "body"), LOGINS)
def test_logins_are_json_form_basic_or_nothing(connect, peer, request_, media_type, body):
    """login request: JSON, form, Basic (RFC 7617 §2) or none."""
    peer.route(request_.method, "/login", Reply(json={"token": "t"}))
    peer.route("GET", "/api")
    connect(only(request=request_)).client.get("/api")
    arrived = peer.received("/login")[0]
    assert arrived.headers.get("content-type", "") == media_type
    assert arrived.body == body
    assert arrived.headers.get("x-app") == request_.headers.get("X-App")
    assert arrived.basic == (("ada", "pw") if request_.username else None)
    assert arrived.query == ({"v": ["2"]} if request_.query else {})


COOKIES = {"Set-Cookie": 'SID="a=b"; Path=/; Max-Age=60; HttpOnly'}
FOUND = [
    (Json("data.0.token"), Reply(json={"data": [{"token": "t1"}]}), "t1"),
    (Json("id"), Reply(json={"id": 4711}), "4711"),
    (Header("X-Subject-Token"), Reply(201, headers={"X-Subject-Token": "t2"}), "t2"),
    (Header("Authorization", word="Bearer"), Reply(headers={"Authorization": "bearer t3"}), "t3"),
    (Cookie("SID"), Reply(302, headers={**COOKIES, "Location": "/"}), '"a=b"'),
]


@pytest.mark.parametrize(("place", "answer", "expected"), FOUND)
def test_sessions_stand_in_json_headers_and_cookies(connect, peer, place, answer, expected):
    """where the session is: a JSON path, a header, a cookie (RFC 6265 §4.1)."""
    peer.route("POST", "/login", answer)
    peer.route("GET", "/api")
    connect(only(session=place)).client.get("/api")
    assert peer.received("/api")[0].headers["x-session"] == expected


MISSING = [
    (Json("token"), Reply(json={})),
    (Json("token"), Reply(json={"token": None})),
    (Json("token"), Reply(json={"token": True})),
    (Json("token.x.0"), Reply(json={"token": ["a"]})),
    (Json("token"), Reply(body=b"<html>", headers={"Content-Type": "text/html"})),
    (Header("X-Token"), Reply()),
    (Header("X-Token", word="Bearer"), Reply(headers={"X-Token": "Bearer "})),
    (Cookie("SID"), Reply(headers={"Set-Cookie": "SID=; Max-Age=0"})),
    (Cookie("SID"), Reply(headers={"Set-Cookie": "OTHER=1"})),
    (Json("token"), Reply(409, json={"token": "t"})),
]


@pytest.mark.parametrize(("place", "answer"), MISSING)
def test_an_answer_without_a_session_is_said_and_remembered(connect, peer, place, answer):
    peer.route("POST", "/login", answer)
    connection = connect(only(session=place))
    for _ in range(3):
        with pytest.raises(AuthenticationError, match="without a session"):
            connection.client.get("/api")
    assert len(peer.requests) == 1


CARRIED = [
    (InHeader("X-Session"), "x-session", "t&1"),
    (InHeader(), "authorization", "t&1"),
    (InHeader(word="Token"), "authorization", "Token t&1"),
    (InCookie("SID"), "cookie", "SID=t&1"),
]


@pytest.mark.parametrize(("carrier", "header", "expected"), CARRIED)
def test_sessions_go_into_headers_and_cookies(connect, peer, carrier, header, expected):
    """how it goes onto requests: a header with or without a word before it, a cookie (RFC 6265 §4.2)."""
    peer.route("POST", "/login", Reply(json={"token": "t&1"}))
    peer.route("GET", "/api")
    connect(only(sent=carrier)).client.get("/api")
    assert peer.received("/api")[0].headers[header] == expected


def test_sessions_go_into_the_query(connect, peer):
    """how it goes onto requests: a query parameter."""
    peer.route("POST", "/login", Reply(json={"token": "t&1"}))
    peer.route("GET", "/api")
    connection = connect(only(sent=InQuery("auth")))
    connection.client.get("/api?a=1")
    assert peer.received("/api")[0].target == "/api?a=1&auth=t%261"


LIFETIMES = [
    ({"lasts_s": 600}, 600),
    ({"expires_in": Json("seconds")}, 1800),
    ({"expires_in": Json("ms"), "expires_in_unit_s": 0.001}, 300),
    ({"expires_in": Json("missing"), "lasts_s": 60}, 60),
    ({"expires_in": MaxAge("SID")}, 7200),
    ({"expires_at": Json("unix")}, 3600),
    ({"expires_at": Json("unix_ms")}, 3600),
    ({"expires_at": Json("iso")}, 3600),
    ({"expires_at": Json("iso_naive")}, 3600),
    ({"expires_at": Json("odd")}, None),
    ({"expires_in": Json("odd")}, None),
    ({"expires_in": Json("endless")}, None),
    ({"expires_in": Json("negative")}, None),
    ({"expires_in": MaxAge("OTHER")}, None),
    ({}, None),
]
END = NOW + timedelta(hours=1)


@pytest.mark.parametrize(("declared", "seconds"), LIFETIMES)
def test_lifetimes_are_fixed_from_the_answer_or_unknown(
    connect, peer, monkeypatch, declared, seconds
):
    """lifetime: fixed, from the answer, or until refused."""
    monkeypatch.setattr(portcall_session.signing_in, "now", lambda: NOW)
    said = {
        "token": "t",
        "seconds": 1800,
        "ms": 300_000,
        "unix": END.timestamp(),
        "unix_ms": int(END.timestamp() * 1000),
        "iso": "2026-11-23T14:00:00+01:00",
        "iso_naive": "2026-11-23T13:00:00",
        "odd": "soon",
        "endless": 1e300,
        "negative": -1,
    }
    cookie = {"Set-Cookie": "SID=1; Max-Age=7200"}
    peer.route("POST", "/login", Reply(json=said, headers=cookie))
    peer.route("GET", "/api")
    connection = connect(only(**declared))
    connection.client.get("/api")
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert connection.auth.expires_at == expected


REFUSALS = [
    (Reply(401), ()),
    (Reply(403), (NotSignedIn(status=403),)),
    (
        Reply(302, headers={"Location": "/login?next=%2F"}),
        (NotSignedIn(status=302, location="/login"),),
    ),
    (
        Reply(200, body=b"<html>", headers={"Content-Type": "text/html; charset=utf-8"}),
        (NotSignedIn(status=200, media_type="text/html"),),
    ),
    (
        Reply(400, json={"code": 16}),
        (NotSignedIn(status=400, place=Json("code"), values=(16, 17)),),
    ),
    (Reply(200, json={"ok": False}), (NotSignedIn(status=200, place=Json("ok"), values=(False,)),)),
]


@pytest.mark.parametrize(("refusal", "rules"), REFUSALS)
def test_not_signed_in_has_many_faces(one_session, connect, login, refusal, rules):
    """not signed in: 401, 403, a redirect to a login page, 200 with HTML, 400 with a code."""
    server = one_session()
    server.refusal = refusal
    connection = connect(login(not_signed_in=rules), Auth(access_token="over"))
    assert connection.client.get("/api").json() == {"session": "session-1"}
    assert (server.logins, server.refused) == (1, 1)


OTHERS = [
    Reply(400, json={"code": 3}),
    Reply(302, headers={"Location": "/elsewhere"}),
    Reply(403),
    Reply(404),
]


@pytest.mark.parametrize("refusal", OTHERS)
def test_other_refusals_are_no_reason_to_log_in(one_session, connect, login, refusal):
    server = one_session()
    server.refusal = refusal
    rules = (
        NotSignedIn(status=400, place=Json("code"), values=(16,)),
        NotSignedIn(status=302, location="/login"),
    )
    connection = connect(login(not_signed_in=rules), Auth(access_token="over"))
    with pytest.raises(ResponseError):
        connection.client.get("/api")
    assert server.logins == 0


def test_a_wrong_password_is_final_and_asked_once(one_session, connect):
    """refused login: final, and asked once."""
    server = one_session()
    connection = connect(password="hunter2-wrong")
    for _ in range(20):
        with pytest.raises(ReauthorizationError, match="correct username, password") as caught:
            connection.client.get("/api")
        assert "hunter2" not in str(caught.value)
        assert caught.value.fields == ("username", "password")
    assert (server.logins, server.strangers) == (1, 0)


@pytest.mark.parametrize("status", [404, 405, 410])
def test_a_login_that_is_not_there_asks_for_the_url(connect, peer, status):
    """refused login: a URL without one names the setting that leads there."""
    peer.route("POST", "/login", Reply(status))
    connection = connect()
    for _ in range(3):
        with pytest.raises(SignInNotFoundError, match=f"answered {status} .*; check endpoint"):
            connection.client.get("/api")
    assert len(peer.requests) == 1


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (
            Reply(302, headers={"Location": "/login?error"}),
            NotSignedIn(status=302, location="error"),
        ),
        (
            Reply(200, json={"ok": False, "token": "anonymous"}),
            NotSignedIn(status=200, place=Json("ok"), values=(False,)),
        ),
        (Reply(422), NotSignedIn()),
    ],
)
def test_a_refused_login_may_look_otherwise(one_session, connect, login, answer, wrong):
    server = one_session()
    server.login_reply = answer
    connection = connect(login(wrong=(wrong,)))
    for _ in range(3):
        with pytest.raises(ReauthorizationError):
            connection.client.get("/api")
    assert server.logins == 1


def test_a_login_that_cannot_be_served_just_now_is_tried_again_later(one_session, connect):
    server = one_session()
    server.login_reply = Reply(503, headers={"Retry-After": "60"})
    connection = connect()
    for _ in range(5):
        with pytest.raises(RefreshError, match="503") as caught:
            connection.client.get("/api")
        assert caught.value.retry_at - datetime.now(UTC) > timedelta(seconds=50)
    assert server.logins == 1


def test_a_server_that_takes_no_session_gets_one_login(one_session, connect):
    server = one_session()
    server.login_reply = Reply(json={"token": "never good"})
    connection = connect()
    for _ in range(20):
        with pytest.raises(AuthenticationError):
            connection.client.get("/api")
    assert server.logins == 1


def test_the_base_url_may_come_from_the_login(connect, peer):
    """base URL: may come from the login, within the declared hosts."""
    peer.route("POST", "/login", Reply(json={"token": "t", "base": f"{peer.url}/eu1"}))
    peer.route("GET", "/eu1/api")
    request = SessionRequest(url=f"{peer.url}/login", json={})
    login = only(request=request, base_url=Json("base"))
    assert connect(login, extend_request=lambda: None).client.get("/api").status == 200


def test_a_base_url_from_the_login_leads_to_no_host_that_was_not_declared(connect, peer):
    peer.route("POST", "/login", Reply(json={"token": "t", "base": "https://evil.example"}))
    request = SessionRequest(url=f"{peer.url}/login", json={})
    connection = connect(only(request=request, base_url=Json("base")), extend_request=lambda: None)
    with pytest.raises(PolicyError, match=r"evil\.example"):
        connection.client.get("/api")


def test_more_of_the_answer_is_kept_for_the_destination(connect, peer):
    peer.route("POST", "/login", Reply(json={"token": "t", "csrf": "c-1"}))
    peer.route("GET", "/api")
    connection = connect(only(keep={"csrf": Json("csrf"), "none": Json("none")}))
    connection.client.get("/api")
    assert connection.auth.state["csrf"].reveal() == "c-1"
    assert "none" not in connection.auth.state


def refreshing(**more):
    """A login with a refresh step, as the destination declares it."""

    def session_login(auth):
        token = auth.refresh_token
        step = SessionRequest(url="/refresh", json={"refresh": token}) if token else None
        return only(refresh=step, refresh_token=Json("refresh"), **more)()

    return session_login


def test_a_session_is_prolonged_without_a_login_where_that_goes(connect, peer):
    """refresh token: a session is prolonged without a login."""
    peer.route("POST", "/refresh", Reply(json={"token": "t2", "refresh": "r2"}))
    peer.route("GET", "/api", Reply(401), Reply())
    connection = connect(refreshing(), Auth(access_token="t1", refresh_token="r1"))
    connection.client.get("/api")
    assert [r.path for r in peer.requests] == ["/api", "/refresh", "/api"]
    assert peer.requests[1].json() == {"refresh": "r1"}
    assert connection.auth.refresh_token.reveal() == "r2"


@pytest.mark.parametrize("refusal", [Reply(401), Reply(400), Reply(404), Reply(200)])
def test_a_refused_refresh_leads_to_a_login(connect, peer, refusal):
    peer.route("POST", "/refresh", refusal)
    peer.route("POST", "/login", Reply(json={"token": "t2"}))
    peer.route("GET", "/api", Reply(401), Reply())
    auth = Auth(access_token="t1", refresh_token="r1", state={"device": "d-1"})
    connection = connect(refreshing(), auth)
    connection.client.get("/api")
    assert [r.path for r in peer.requests] == ["/api", "/refresh", "/login", "/api"]
    assert connection.auth.refresh_token is None
    assert connection.auth.state["device"] == "d-1"


def test_nothing_of_a_session_that_was_ended_is_used_again(connect, peer):
    peer.route("POST", "/refresh", Reply(401, json={"soft": False}))
    peer.route("POST", "/login", Reply(json={"token": "t2"}))
    peer.route("GET", "/api", Reply(401), Reply())
    auth = Auth(access_token="t1", refresh_token="r1", state={"device": "d-1"})
    ended = (NotSignedIn(place=Json("soft"), values=(False, None)),)
    connection = connect(refreshing(ended=ended), auth)
    connection.client.get("/api")
    assert connection.auth.state == {}


def test_a_refresh_that_cannot_be_served_just_now_costs_no_login(connect, peer):
    peer.route("POST", "/refresh", Reply(503, headers={"Retry-After": "60"}))
    peer.route("GET", "/api", Reply(401))
    connection = connect(refreshing(), Auth(access_token="t1", refresh_token="r1"))
    with pytest.raises(RefreshError):
        connection.client.get("/api")
    assert peer.received("/login") == ()


LOGOUTS = [
    (SessionRequest(url="/logout"), b"", None),
    (SessionRequest(url="/logout", json={"all": True}), b'{"all":true}', "application/json"),
    (
        SessionRequest(url="/logout", form={"all": "yes&no"}),
        b"all=yes%26no",
        "application/x-www-form-urlencoded",
    ),
]


@pytest.mark.parametrize(("request_", "body", "media_type"), LOGOUTS)
def test_a_session_is_ended_on_demand(connect, peer, request_, body, media_type):
    """logout: a session is ended on demand."""
    peer.route("POST", "/logout", Reply(204))
    connection = connect(only(logout=request_), Auth(access_token="t1"))
    assert log_out(connection) is True
    [arrived] = peer.requests
    assert arrived.headers["x-session"] == "t1"
    assert (arrived.body, arrived.headers.get("content-type")) == (body, media_type)


def test_nobody_is_logged_in_to_be_logged_out(connect, peer):
    peer.route("POST", "/logout", Reply(401))
    logout = SessionRequest(url="/logout")
    assert log_out(connect(only(logout=logout))) is False
    assert log_out(connect(only(), Auth(access_token="t1"))) is False
    assert peer.requests == ()
    assert log_out(connect(only(logout=logout), Auth(access_token="t1"))) is False
    assert len(peer.requests) == 1


def test_a_destination_may_have_no_login_for_some_settings(connect, peer):
    peer.route("GET", "/api")
    connection = connect(lambda: None)
    assert connection.client.get("/api").status == 200
    assert log_out(connection) is False
    assert len(peer.requests) == 1


def test_an_answer_that_is_no_login_is_the_destinations_fault(connect):
    with pytest.raises(HookError, match="session_login answered with dict"):
        connect(lambda: {"url": "/login"}).client.get("/api")


def test_secrets_show_nowhere(connect, peer):
    request = SessionRequest(url="/login", json={"p": "hunter2"}, username="u", password="hunter2")
    shown = repr(only(request=request)()) + str(request)
    peer.route("POST", "/login", Reply(json={"token": "t-4711"}))
    peer.route("GET", "/api")
    connection = connect(only())
    connection.client.get("/api")
    shown += repr(connection.auth) + repr(connection.settings)
    assert "hunter2" not in shown
    assert "t-4711" not in shown
    assert "s3cret" not in shown


def test_example_of_the_readme_is_true(one_session, peer):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    scope = {}
    exec(readme.split("```python\n")[1].split("```")[0], scope)
    made = SimpleNamespace(**{n: v for n, v in scope.items() if hasattr(v, "portcall_impl")})
    server = one_session()
    settings = {"endpoint": peer.url, "username": "ada", "password": "s3cret"}
    with Host(allow_private=["127.0.0.1"], plugins={"acme": made}) as host:
        assert host.destination("acme").connect(settings).client.get("/api").status == 200
    assert server.logins == 1
    assert hookimpl is scope["hookimpl"]
