"""Whole OAuth 2.0 flows against oidc-provider, a certified server, with its login and consent pages."""

import re
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    Auth,
    AuthenticationError,
    DeadlineError,
    Host,
    Limits,
    ReauthorizationError,
    RequestOptions,
    field,
    hookimpl,
)
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.flows import DeviceFlow, give_back, machine_sign_in
from portcall.schemes.oauth2.loopback import Loopback
from tests.realservers.person import Person
from tests.realservers.relay import Relay

MACHINE = "machine-secret-machine-secret-32b"
WEB = Auth(client_id="web", client_secret="web-secret")


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


@pytest.fixture(scope="module")
def oidc(real_server):
    return real_server("oidc-provider")


def connect(oidc, own, *, auth=None, save=None, limits=None, relay=None, **declared):
    def oauth2_endpoints(settings):
        base = {
            "authorize_url": f"{settings.endpoint}/auth",
            "token_url": f"{settings.endpoint}/token",
            "revoke_url": f"{settings.endpoint}/token/revocation",
            "device_url": f"{settings.endpoint}/device/auth",
            "scopes": ["openid", "offline_access"],
            "authorize_parameters": {"prompt": "consent"},
            "issuer": settings.endpoint,
        }
        if relay:
            base["refresh_url"] = f"{relay.url}/token"
        return OAuth2Endpoints(**{**base, **declared})

    plugin = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "oauth2"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(
            lambda: ["{endpoint}", *([relay.url.removeprefix("http://")] if relay else [])]
        ),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        oauth2_endpoints=hookimpl(oauth2_endpoints),
        test_authentication=hookimpl(lambda client: client.get("/api/me").json()["sub"]),
    )
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin}, limits=limits)
    start = own if auth is None else attrs.evolve(auth, **attrs.asdict(own, filter=_registration))
    return host.destination("acme").connect({"endpoint": oidc.url}, start, save=save)


def _registration(attribute, _):
    return attribute.name in {"client_id", "client_secret"}


def sign_in(connection, port=0, *, consent=True, forge=None):
    """Go through the whole flow with a browser; return the page it ends on."""
    with ThreadPoolExecutor(1) as pool, Loopback(port=port) as loopback:
        started = connection.begin_authorization(loopback.redirect_url)
        page = pool.submit(Person(consents=consent).visit, started.url)
        redirected_url = loopback.wait(30)
        pending = {**started.pending, **(forge or {})}
        try:
            connection.finish_authorization(pending, redirected_url)
            loopback.respond(True)
        except AuthenticationError as error:
            loopback.respond(False)
            return error, page.result()
        return None, page.result()


def let_expire(connection):
    """Ask until the API itself refuses the token."""
    token, ends = connection.auth.access_token, monotonic() + 20
    bare = connect_with_token_only(connection, token)
    while monotonic() < ends:
        try:
            bare.client.get("/api/me")
        except AuthenticationError:  # the bare connection has no refresh token
            return
    raise AssertionError("the token does not expire")


def connect_with_token_only(connection, token):
    return connection.destination.connect(connection.settings, Auth(access_token=token))


@pytest.mark.parametrize(
    ("own", "way"),
    [
        (WEB, "client_secret_basic"),
        (attrs.evolve(WEB, client_id="web-post"), "client_secret_post"),
        (Auth(client_id="native"), "none"),
    ],
)
def test_sixty_four_requests_after_expiry_rotate_the_refresh_token_and_never_reuse_one(
    oidc, own, way
):
    saved = []
    connection = connect(oidc, own, client_authentication=way, save=saved.append)
    error, page = sign_in(connection, 0 if way == "none" else oidc.callback_port)
    assert error is None
    assert "<h1>Connected</h1>" in page
    assert connection.test() == "ada"
    assert set(connection.auth.scopes) == {"openid", "offline_access"}
    first = connection.auth
    let_expire(connection)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: connection.test(), range(64)))
    assert answers == ["ada"] * 64
    # The server would have revoked the whole grant had a refresh token been used twice.
    rotated = [one.refresh_token for one in saved]
    assert rotated[0] == first.refresh_token
    assert rotated[-1] == connection.auth.refresh_token
    assert 2 <= len(set(rotated)) == len(rotated)


def test_a_refresh_token_used_twice_asks_for_reauthorization(oidc):
    connection = connect(oidc, WEB)
    sign_in(connection, oidc.callback_port)
    first = connection.auth
    let_expire(connection)
    assert connection.test() == "ada"
    stolen = connect(oidc, WEB, auth=first)
    with pytest.raises(ReauthorizationError, match="invalid_grant"):
        stolen.test()


def test_a_one_use_refresh_token_survives_a_time_limit_that_is_shorter_than_the_token_call(oidc):
    with Relay(oidc.url) as relay:
        saved = []
        connection = connect(oidc, WEB, save=saved.append, limits=Limits(timeout_s=1), relay=relay)
        sign_in(connection, oidc.callback_port)
        first = connection.auth
        let_expire(connection)
        relay.hold()
        started = monotonic()
        with pytest.raises(DeadlineError, match="the refresh goes on"):
            connection.test()
        assert monotonic() - started < 2
        assert relay.arrived.wait(10)  # the server has spent the old refresh token
        with pytest.raises(DeadlineError):
            connection.test()
        relay.let_go()
        assert connection.client.get("/api/me", timeout_s=10).json()["sub"] == "ada"
    assert saved[-1].refresh_token == connection.auth.refresh_token != first.refresh_token
    # And the server would have revoked the grant had the old one been used again.
    let_expire(connection)
    with pytest.raises(ReauthorizationError, match="invalid_grant"):
        connect(oidc, WEB, auth=first).test()


def test_a_denied_consent_is_reported_with_the_server_s_reason(oidc):
    error, page = sign_in(connect(oidc, WEB), oidc.callback_port, consent=False)
    assert "declined (access_denied): End-User aborted interaction" in str(error)
    assert "The request was declined" in page


def test_a_redirect_with_another_state_is_refused(oidc):
    error, page = sign_in(connect(oidc, WEB), oidc.callback_port, forge={"state": "other"})
    assert "does not belong" in str(error)
    assert "could not be used" in page


def test_another_code_verifier_is_refused_by_the_server(oidc):
    error, _ = sign_in(connect(oidc, WEB), oidc.callback_port, forge={"code_verifier": "x" * 43})
    assert isinstance(error, ReauthorizationError)


def test_a_wrong_client_secret_is_named_as_the_cause(oidc):
    wrong = attrs.evolve(WEB, client_secret="wrong")
    error, _ = sign_in(connect(oidc, wrong), oidc.callback_port)
    assert "check the client id and client secret" in str(error)


@pytest.mark.parametrize(
    ("own", "way"),
    [
        (Auth(client_id="machine", client_secret=MACHINE), "client_secret_basic"),
        (Auth(client_id="odd client", client_secret="p@ss:w/rd+%&= ~"), "client_secret_basic"),
        (Auth(client_id="machine-jwt", client_secret=MACHINE), "client_secret_jwt"),
    ],
)
def test_an_expired_client_credentials_token_is_replaced(oidc, own, way):
    connection = connect(
        oidc, own, client_authentication=way, grant="client_credentials", scopes=[]
    )
    first = connection.authorize(machine_sign_in)
    assert connection.client.get("/api/me").json()["client"] == own.client_id
    let_expire(connection)
    assert connection.client.get("/api/me").status == 200
    assert connection.auth.access_token != first.access_token


def test_client_credentials_that_are_not_form_encoded_are_refused_by_the_server(oidc):
    own = Auth(client_id="odd client", client_secret="p@ss:w/rd+%&= ~")
    connection = connect(
        oidc, own, client_authentication="basic_raw", grant="client_credentials", scopes=[]
    )
    with pytest.raises(AuthenticationError):
        connection.authorize(machine_sign_in)


def test_a_device_is_connected_once_a_person_confirms_its_code(oidc):
    connection = connect(oidc, Auth(client_id="tv"), client_authentication="none")
    pages, waits = [], []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            pages.append(Person().visit(shown[0].verification_url_complete))

    shown = []
    connection.authorize(DeviceFlow(shown.append, wait))
    assert len(waits) == 2
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", shown[0].user_code)
    assert connection.test() == "ada"


def test_revoked_tokens_no_longer_work(oidc):
    connection = connect(oidc, WEB)
    sign_in(connection, oidc.callback_port)
    kept = connection.auth
    assert connection.test() == "ada"
    assert connection.authorize(give_back) == Auth()
    with pytest.raises(ReauthorizationError):
        connect(oidc, WEB, auth=kept).test()
