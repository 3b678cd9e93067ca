"""What `test` says of refused credentials, `connections` says too, with the command that helps."""

import json

import pytest

from portcall.testing import Reply

PRIVATE = ("--allow-private", "127.0.0.1")
EVENT = b'{"type": "track", "event": "Order"}'
AGAIN = "run: portcall connect {} --name shop --replace"

SESSION = '''
"""Sessions: logged in to with a user name and a password."""
import attrs
from portcall import RequestOptions, field, hookimpl
from portcall_session import InHeader, Json, SessionLogin, SessionRequest

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")

@hookimpl
def auth_scheme(): return "session"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def session_login(settings):
    return SessionLogin(
        request=SessionRequest(
            url="/login", json={"user": settings.username, "word": settings.password}
        ),
        session=Json("token"),
        sent=InHeader("X-Session"),
    )

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]
'''


@pytest.fixture
def shop(run, office):
    """Keep the connection ``shop`` to `office`; its access token is refused from now on."""
    office.issue()
    tokens = {"access_token": office.access, "refresh_token": office.refresh, "expires_in": 3600}
    options = ("--name", "shop", "--with-token", *office.options())
    assert run("connect", "office", *options, stdin=json.dumps(tokens).encode()).code == 0
    office.access = "ended"
    return "shop"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(403), "it may be the client id and client secret that this host has"),
        (Reply(400), "it may be the client id and client secret that this host has"),
    ],
)
def test_what_may_be_the_client_is_told_alike_by_test_and_connections(
    run, office, shop, answer, said
):
    office.peer.route("POST", "/token", answer)
    outcome = run("test", shop, *PRIVATE)
    assert outcome.code == 3
    assert said in outcome.out
    assert AGAIN.format("office") in outcome.out
    listed = run("connections")
    assert " refused" in listed.out
    assert said in listed.out
    assert AGAIN.format("office") in listed.out


def test_a_wrong_client_secret_is_told_with_the_variables_to_correct(
    run, office, shop, monkeypatch, tmp_path
):
    file = tmp_path / "client-secret"
    file.write_text("wrong-s3cret")
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_SECRET")
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_SECRET_FILE", str(file))
    outcomes = [
        run("test", shop, *PRIVATE),
        run("send", shop, "track", "-", *PRIVATE, stdin=EVENT),
        run("connections"),
        run("request", shop, "get", "/me", *PRIVATE),
    ]
    for outcome in outcomes:
        assert "invalid_client" in outcome.both
        assert "PORTCALL_OFFICE_CLIENT_ID, PORTCALL_OFFICE_CLIENT_SECRET_FILE" in outcome.both
        assert "wrong-s3cret" not in outcome.both
        assert "--replace" not in outcome.both, "a new authorization does not mend it"
    assert [outcome.code for outcome in outcomes] == [3, 3, 0, 3]


def test_a_wrong_client_secret_is_told_by_connect(run, office, monkeypatch):
    monkeypatch.setenv("PORTCALL_OFFICE_CLIENT_SECRET", "wrong-s3cret")
    outcome = run("connect", "office", *office.options("way=machine"))
    assert outcome.code == 3
    assert "invalid_client" in outcome.err
    assert "PORTCALL_OFFICE_CLIENT_ID, PORTCALL_OFFICE_CLIENT_SECRET" in outcome.err
    monkeypatch.delenv("PORTCALL_OFFICE_CLIENT_SECRET")
    outcome = run("connect", "office", *office.options("way=machine", "client_secret=wrong-s3cret"))
    assert outcome.code == 3
    assert "--set client_id=... --set client_secret=..." in outcome.err
    assert "No connection is stored" in run("connections").out


BILLING = '''
"""Billing: each customer registers an application of their own."""
import attrs
from portcall import OAuth2Endpoints, RequestOptions, Secret, field, hookimpl

@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")
    app_id: str = field(label="Application")
    app_secret: Secret = field(label="Secret")

@hookimpl
def auth_scheme(): return "oauth2"

@hookimpl
def auth_fields(): return Settings

@hookimpl
def allowed_hosts(): return ["{endpoint}"]

@hookimpl
def oauth2_endpoints(settings):
    return OAuth2Endpoints(
        token_url=f"{settings.endpoint}/token", grant="client_credentials",
        client_id=settings.app_id, client_secret=settings.app_secret,
    )

@hookimpl
def extend_request(settings): return RequestOptions(base_url=settings.endpoint)

@hookimpl
def test_authentication(client): return client.get("/me").json()["name"]
'''


def test_a_wrong_secret_of_the_customers_own_application_is_told_with_its_fields(
    run, office, tmp_path
):
    plugin = tmp_path / "billing.py"
    plugin.write_text(BILLING)
    right = ("app_id=app", "app_secret=app-s3cret")
    connect = ("--plugin", plugin, "connect", "billing", "--name", "bills")
    assert run(*connect, *office.options(*right)).code == 0
    wrong = ("--set", "app_secret=wrong-s3cret")
    outcome = run(*connect, "--replace", *PRIVATE, *wrong)
    assert outcome.code == 3
    assert "in the settings: `app_id`, `app_secret`" in outcome.err
    office.access = "ended"
    outcome = run("--plugin", plugin, "test", "bills", *PRIVATE)
    assert outcome.code == 0, "the connection is as it was"
    office.access = "ended"
    outcome = run("--plugin", plugin, "test", "bills", *PRIVATE, *wrong)
    listed = run("--plugin", plugin, "connections")
    for said in (outcome.out, listed.out):
        assert "invalid_client" in said
        assert "run: portcall connect billing --name bills --replace" in said
        assert "--set app_id=... --set app_secret=..." in said
        assert "wrong-s3cret" not in said


def test_a_grant_that_is_gone_is_told_alike_by_test_and_connections(run, office, shop):
    office.peer.route("POST", "/token", Reply(400, json={"error": "invalid_grant"}))
    outcome, listed = run("test", shop, *PRIVATE), run("connections")
    for said in (outcome.out, listed.out):
        assert "invalid_grant" in said
        assert AGAIN.format("office") in said
    assert (outcome.code, "reauthorization required" in listed.out) == (3, True)


def test_a_token_endpoint_that_is_busy_is_told_when_to_be_asked_again(run, office, shop):
    office.peer.route("POST", "/token", Reply(503, headers={"Retry-After": "120"}))
    outcome, listed = run("test", shop, *PRIVATE), run("connections")
    for said in (outcome.out, listed.out):
        assert "try again after 20" in said
        assert "--replace" not in said
    assert "refresh failed" in listed.out


def test_a_token_endpoint_that_is_not_there_asks_for_its_url(run, office, shop):
    office.peer.route("POST", "/token", Reply(404))
    for _ in range(2):
        outcome = run("test", shop, *PRIVATE)
        assert outcome.code == 1
        assert "check endpoint" in outcome.out


def test_an_identity_that_is_not_there_asks_for_its_url(run, acme, good):
    acme.route("GET", "/me", Reply(404))
    outcome = run("test", "good", *good)
    assert outcome.code == 1
    assert "answered 404" in outcome.out
    assert "check endpoint" in outcome.out


@pytest.fixture
def session(run, peer, tmp_path):
    """Run a command with the plugin of sessions, which is a file."""
    file = tmp_path / "crm.py"
    file.write_text(SESSION)
    peer.route("GET", "/me", Reply(json={"name": "Ada"}))
    options = ("--set", f"endpoint={peer.url}", "--set", "username=ada")

    def runner(*words, **more):
        return run("--plugin", file, *words, **more)

    runner.options = (*PRIVATE, *options)
    return runner


def test_a_wrong_password_of_a_session_asks_for_the_password(session, peer):
    peer.route("POST", "/login", Reply(401))
    wrong = ("--set", "password=wrong-pass-7")
    outcome = session("test", "crm", *session.options, *wrong)
    assert outcome.code == 3
    assert "correct username, password" in outcome.out
    assert "--set username=... --set password=..." in outcome.out
    assert "token" not in outcome.out
    connect = ("connect", "crm", "--name", "shop", "--no-test", *session.options, *wrong)
    assert session(*connect).code == 0
    outcome, listed = session("test", "shop", *PRIVATE), session("connections")
    for said in (outcome.out, listed.out):
        assert "correct username, password" in said
        assert f"{AGAIN.format('crm')} --set username=... --set password=..." in said
        assert "token" not in said
    peer.route("POST", "/login", Reply(json={"token": "t1"}))
    right = ("--set", "password=right-pass-7")
    outcome = session("connect", "crm", "--name", "shop", "--replace", *PRIVATE, *right)
    assert (outcome.code, "as Ada" in outcome.out) == (0, True), outcome.both


def test_a_login_that_is_not_there_asks_for_its_url(session, peer):
    peer.route("POST", "/login", Reply(404))
    outcome = session("test", "crm", *session.options, "--set", "password=secret-7")
    assert outcome.code == 1
    assert "there is no login at this URL; check endpoint" in outcome.out
