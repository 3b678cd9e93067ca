"""Whole flows against oidc-provider, which is certified and nobody's friend, with real login pages."""

import http.cookiejar
import os
import re
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, Request, build_opener

import attrs
import pytest

from portcall import (
    Auth,
    AuthenticationError,
    Host,
    ReauthorizationError,
    RequestOptions,
    field,
    hookimpl,
)
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.flows import DeviceFlow, give_back, machine_sign_in
from portcall.schemes.oauth2.loopback import Loopback

SCRIPT = Path(__file__).parents[3] / "shared" / "realservers" / "oidc-provider.sh"
MACHINE = "machine-secret-machine-secret-32b"
WEB = Auth(client_id="web", client_secret="web-secret")
LIFE_S = 2
START_S = 300

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="the third-party servers are not here")


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


class Stay(HTTPRedirectHandler):
    """Leaves redirects to the browser below."""

    def redirect_request(self, *_):
        return None


class Browser:
    """Follows redirects and fills in forms like a person who says yes, or no."""

    def __init__(self, *, consent=True):
        self.consent = consent
        self.opener = build_opener(HTTPCookieProcessor(http.cookiejar.CookieJar()), Stay)

    def go(self, url):
        """Click through until a page has nothing more to click; return that page."""
        form = None
        for _ in range(20):
            body, location = self.load(url, form)
            form = None
            if location:
                url = urljoin(url, location)
            elif not self.consent and (abort := re.search(r'href="([^"]+/abort)"', body)):
                url = urljoin(url, abort[1])
            elif action := re.search(r'<form[^>]* action="([^"]+)"', body):
                url, form = urljoin(url, action[1]), self.filled(body)
            else:
                return body
        raise AssertionError("the pages go round in circles")

    def load(self, url, form):
        data = None if form is None else urlencode(form).encode()
        try:
            answer = self.opener.open(Request(url, data), timeout=20)
        except HTTPError as error:
            answer = error
        with answer:
            return answer.read().decode(), answer.headers.get("location")

    def filled(self, body):
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', body))
        return {**hidden, "login": "ada", "password": "x", "confirm": "yes"}


def free_ports():
    """Find two ports beside each other."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = first.getsockname()[1]
            try:
                socket.create_server(("127.0.0.1", port + 1)).close()
            except OSError:
                continue
            return port


@pytest.fixture(scope="module")
def oidc():
    """Start the server; it is gone at the end of the module."""
    port = free_ports()
    environment = {**os.environ, "REAL_PORT": str(port), "TOKEN_LIFE": str(LIFE_S)}
    with subprocess.Popen(
        ["bash", str(SCRIPT)], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        line = process.stdout.readline()
        if not line.startswith("READY"):
            process.wait(START_S)
            pytest.skip("the third-party server does not start here")
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", callback_port=port + 1)
        process.terminate()


def connect(oidc, own, *, auth=None, save=None, **declared):
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
        return OAuth2Endpoints(**{**base, **declared})

    plugin = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "oauth2"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        oauth2_endpoints=hookimpl(oauth2_endpoints),
        test_authentication=hookimpl(lambda client: client.get("/api/me").json()["sub"]),
    )
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    start = own if auth is None else attrs.evolve(auth, **attrs.asdict(own, filter=_registration))
    return host.destination("acme").connect({"endpoint": oidc.url}, start, save=save)


def _registration(attribute, _):
    return attribute.name in {"client_id", "client_secret"}


def sign_in(connection, port=0, *, consent=True, forge=None):
    """Go through the whole flow with a browser; return the page it ends on."""
    with ThreadPoolExecutor(1) as pool, Loopback(port=port) as loopback:
        started = connection.begin_authorization(loopback.redirect_url)
        page = pool.submit(Browser(consent=consent).go, started.url)
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
    """Ask until the API itself says that the token is over."""
    token, ends = connection.auth.access_token, monotonic() + 20
    bare = connect_with_token_only(connection, token)
    while monotonic() < ends:
        try:
            bare.client.get("/api/me")
        except AuthenticationError:  # refused, and nothing there to renew it with
            return
    raise AssertionError("the token does not end")


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
def test_code_and_pkce_by_a_browser_then_rotation(oidc, own, way):
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
    # Re-use of a refresh token would have revoked them all.
    rotated = [one.refresh_token for one in saved]
    assert rotated[0] == first.refresh_token
    assert rotated[-1] == connection.auth.refresh_token
    assert 2 <= len(set(rotated)) == len(rotated)


def test_a_refresh_token_that_was_used_needs_a_person(oidc):
    connection = connect(oidc, WEB)
    sign_in(connection, oidc.callback_port)
    first = connection.auth
    let_expire(connection)
    assert connection.test() == "ada"
    stolen = connect(oidc, WEB, auth=first)
    with pytest.raises(ReauthorizationError, match="invalid_grant"):
        stolen.test()


def test_a_person_who_says_no(oidc):
    error, page = sign_in(connect(oidc, WEB), oidc.callback_port, consent=False)
    assert "said no (access_denied): End-User aborted interaction" in str(error)
    assert "The answer was no" in page


def test_an_answer_to_somebody_elses_question(oidc):
    error, page = sign_in(connect(oidc, WEB), oidc.callback_port, forge={"state": "other"})
    assert "does not belong" in str(error)
    assert "could not be used" in page


def test_a_verifier_of_somebody_else(oidc):
    error, _ = sign_in(connect(oidc, WEB), oidc.callback_port, forge={"code_verifier": "x" * 43})
    assert isinstance(error, ReauthorizationError)


def test_a_wrong_client_secret_is_named(oidc):
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
def test_client_credentials_and_again_when_they_are_over(oidc, own, way):
    connection = connect(
        oidc, own, client_authentication=way, grant="client_credentials", scopes=[]
    )
    first = connection.authorize(machine_sign_in)
    assert connection.client.get("/api/me").json()["client"] == own.client_id
    let_expire(connection)
    assert connection.client.get("/api/me").status == 200
    assert connection.auth.access_token != first.access_token


def test_characters_that_are_not_encoded_are_refused_there(oidc):
    own = Auth(client_id="odd client", client_secret="p@ss:w/rd+%&= ~")
    connection = connect(
        oidc, own, client_authentication="basic_raw", grant="client_credentials", scopes=[]
    )
    with pytest.raises(AuthenticationError):
        connection.authorize(machine_sign_in)


def test_a_device_that_a_person_confirms_elsewhere(oidc):
    connection = connect(oidc, Auth(client_id="tv"), client_authentication="none")
    pages, waits = [], []

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == 2:
            pages.append(Browser().go(shown[0].verification_url_complete))

    shown = []
    connection.authorize(DeviceFlow(shown.append, wait))
    assert len(waits) == 2
    assert re.fullmatch(r"[A-Z]{4}-[A-Z]{4}", shown[0].user_code)
    assert connection.test() == "ada"


def test_tokens_that_were_given_back_are_worth_nothing(oidc):
    connection = connect(oidc, WEB)
    sign_in(connection, oidc.callback_port)
    kept = connection.auth
    assert connection.test() == "ada"
    assert connection.authorize(give_back) == Auth()
    with pytest.raises(ReauthorizationError):
        connect(oidc, WEB, auth=kept).test()
