"""Logins of several steps, sessions of several cookies, and how they end."""

import base64

import attrs
import pytest

from portcall import AuthenticationError, Host, RequestOptions, Secret, field, hookimpl
from portcall.cli import main
from portcall.testing import Reply
from portcall_session import (
    Cookie,
    Cookies,
    Hidden,
    InBasic,
    InCookies,
    Json,
    SessionLogin,
    SessionRequest,
    SessionStep,
)

PAGE = b'<form><input type="hidden" name="csrf" value="t-&amp;1"><input name=user></form>'


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    username: str = field(label="Username")
    password: Secret = field(label="Password")


def destination(declare):
    class Shop:
        @hookimpl
        def auth_scheme(self):
            return "session"

        @hookimpl
        def auth_fields(self):
            return Settings

        @hookimpl
        def allowed_hosts(self):
            return ["{endpoint}"]

        @hookimpl
        def extend_request(self, settings):
            return RequestOptions(base_url=settings.endpoint)

        @hookimpl
        def session_login(self, settings, auth):
            return declare(settings, auth)

    return Shop()


@pytest.fixture
def connect(peer):
    hosts = []

    def connect(declare):
        host = Host(allow_private=["127.0.0.1"], plugins={"shop": destination(declare)})
        hosts.append(host)
        settings = {"endpoint": peer.url, "username": "ada", "password": "pw-1a2b3c"}
        return host.destination("shop").connect(settings)

    yield connect
    for host in hosts:
        host.close()


def form_login(settings, auth):
    form = {"user": settings.username, "password": settings.password}
    token = auth.state.get("csrf")
    return SessionLogin(
        steps=(
            SessionStep(
                request=SessionRequest(url="/login", method="GET"), keep={"csrf": Hidden("csrf")}
            ),
        ),
        request=SessionRequest(url="/login", form={**form, "csrf": token} if token else form),
        session=Cookies(("sid", "device")),
        sent=InCookies(),
        logout=SessionRequest(url="/logout"),
    )


def shop(peer):
    """A page with a hidden token and a cookie, then a form that sets another and redirects."""

    def log_in(request):
        assert request.headers["cookie"] == "device=d-1"
        given = {name: values[0] for name, values in request.form.items()}
        assert given == {"user": "ada", "password": "pw-1a2b3c", "csrf": "t-&1"}
        return Reply(302, headers={"Set-Cookie": "sid=s-1; HttpOnly", "Location": "/home"})

    def api(request):
        known = request.headers.get("cookie") == "sid=s-1; device=d-1"
        return Reply(json={"ok": True}) if known else Reply(401)

    headers = {"Set-Cookie": "device=d-1; Path=/", "Content-Type": "text/html"}
    peer.route("GET", "/login", Reply(body=PAGE, headers=headers))
    peer.route("POST", "/login", log_in)
    peer.route("GET", "/api", api)
    peer.route("POST", "/logout", Reply(204))


def test_a_form_is_filled_with_the_token_of_its_page_and_both_cookies_sign_in(connect, peer):
    """Steps: a page with a hidden token, then its form; several cookies make the session."""
    shop(peer)
    assert connect(form_login).client.get("/api").json() == {"ok": True}
    assert [r.path for r in peer.requests] == ["/login", "/login", "/api"]


def test_a_page_without_its_token_is_a_refused_login_that_names_it(connect, peer):
    peer.route("GET", "/login", Reply(body=b"<p>maintenance</p>"))
    with pytest.raises(AuthenticationError, match="without csrf"):
        connect(form_login).client.get("/api")
    assert peer.received("/login", "POST") == ()


def test_a_login_that_sets_one_cookie_of_two_gives_no_session(connect, peer):
    shop(peer)
    peer.route("POST", "/login", Reply(302, headers={"Location": "/login?failed"}))
    with pytest.raises(AuthenticationError, match="without a session"):
        connect(form_login).client.get("/api")


def test_a_session_can_be_the_password_of_basic(connect, peer):
    def declare(settings, auth):
        login = {"user": settings.username, "password": settings.password}
        return SessionLogin(
            request=SessionRequest(url="/token", json=login),
            session=Json("token"),
            sent=InBasic(settings.username),
        )

    peer.route("POST", "/token", Reply(json={"token": "t-1"}))
    peer.route("GET", "/api", Reply(json={}))
    connect(declare).client.get("/api")
    expected = base64.b64encode(b"ada:t-1").decode()
    assert peer.received("/api")[0].headers["authorization"] == f"Basic {expected}"


def test_end_session_logs_out_with_the_session_and_without_logging_in(connect, peer):
    shop(peer)
    connection = connect(form_login)
    stack = connection.destination.stack
    assert not stack.hooks.end_session(connection=connection)
    assert peer.requests == ()
    connection.client.get("/api")
    assert stack.hooks.end_session(connection=connection)
    assert peer.received("/logout")[0].headers["cookie"] == "sid=s-1; device=d-1"


def test_disconnect_ends_the_session_at_its_destination(peer, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PORTCALL_HOME", str(tmp_path / "home"))
    file = tmp_path / "shop.toml"
    file.write_text(
        'slug = "shop"\nscheme = "session"\nhosts = ["{{settings.endpoint}}"]\n'
        '[fields.endpoint]\nlabel = "Endpoint"\nformat = "uri"\n'
        '[request]\nbase_url = "{{settings.endpoint}}"\n'
        '[identity]\nget = "/me"\nname = "$.name"\n'
        '[session]\nrequest = { url = "/in", json = { user = "{{settings.username}}" } }\n'
        'session = { cookie = { name = "sid" } }\nsent = { in_cookie = { name = "sid" } }\n'
        'logout = { url = "/out" }\n'
    )
    peer.route("POST", "/in", Reply(headers={"Set-Cookie": "sid=s-1"}))
    peer.route("GET", "/me", Reply(json={"name": "Ada"}))
    peer.route("POST", "/out", Reply(204))
    monkeypatch.setenv("PORTCALL_PLUGINS", str(file))
    settings = [f"endpoint={peer.url}", "username=ada", "password=pw-1a2b3c"]
    words = [part for setting in settings for part in ("--set", setting)]
    reach = ["--allow-private", "127.0.0.1"]
    assert main(["connect", "shop", *words, *reach]) == 0, capsys.readouterr().err
    assert main(["disconnect", "shop", "--yes", *reach]) == 0, capsys.readouterr().err
    assert peer.received("/out")[0].headers["cookie"] == "sid=s-1"


def test_a_deleted_cookie_is_no_part_of_a_session(connect, peer):
    def declare(settings, auth):
        return SessionLogin(
            request=SessionRequest(url="/in"), session=Cookies(("sid",)), sent=InCookies()
        )

    peer.route("POST", "/in", Reply(headers={"Set-Cookie": "sid=s-1; Max-Age=0"}))
    with pytest.raises(AuthenticationError, match="without a session"):
        connect(declare).client.get("/api")
    assert Cookie("sid")
