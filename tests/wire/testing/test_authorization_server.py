"""The stand-in of an authorization server, as judged by Authlib, requests-oauthlib and our own scheme."""

from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from requests_oauthlib import OAuth2Session as RequestsSession

from portcall import (
    Auth,
    OAuth2Endpoints,
    ReauthorizationError,
    RequestOptions,
    hookimpl,
)
from portcall.testing import MovingClock, OAuth2StandIn, Reply, StandInHost

CALLBACK = "https://app.example/callback"
APP = {"client_id": "app-1", "client_secret": "app-secret-1a2b"}


def authlib(**more):
    return OAuth2Session(**{**APP, "redirect_uri": CALLBACK, **more})


def authorized(peer, session, **asked):
    """Let Authlib get tokens for a code, in the way of RFC 7636."""
    verifier = generate_token(48)
    page, _ = session.create_authorization_url(
        f"{peer.url}/oauth/authorize",
        code_challenge=create_s256_code_challenge(verifier),
        code_challenge_method="S256",
        **asked,
    )
    sent_back = requests.get(page, allow_redirects=False, timeout=5).headers["Location"]
    return session.fetch_token(
        f"{peer.url}/oauth/token", authorization_response=sent_back, code_verifier=verifier
    )


@pytest.mark.parametrize("proof", ["client_secret_basic", "client_secret_post", "none"])
def test_authlib_gets_a_token_for_a_code_and_renews_it(peer, proof):
    server = OAuth2StandIn(peer, client_authentication=proof)
    session = authlib(token_endpoint_auth_method=proof)
    first = authorized(peer, session)
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
    second = session.refresh_token(f"{peer.url}/oauth/token")
    assert second["refresh_token"] != first["refresh_token"]
    peer.route("GET", "/me", server.guarded(Reply(json={"name": "Ada"})))
    assert session.get(f"{peer.url}/me", timeout=5).json() == {"name": "Ada"}
    assert (server.grants, server.refreshes, server.refusals) == (1, 1, [])


def test_requests_oauthlib_gets_a_token_for_a_code_with_pkce(peer, monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    server = OAuth2StandIn(peer)
    session = RequestsSession("app-1", redirect_uri=CALLBACK, pkce="S256")
    page, _ = session.authorization_url(f"{peer.url}/oauth/authorize")
    sent_back = requests.get(page, allow_redirects=False, timeout=5).headers["Location"]
    token = session.fetch_token(
        f"{peer.url}/oauth/token",
        authorization_response=sent_back,
        auth=requests.auth.HTTPBasicAuth(*APP.values()),
    )
    assert token["access_token"]
    assert server.grants == 1


@pytest.mark.parametrize("proof", ["client_secret_basic", "client_secret_post", "none"])
@pytest.mark.parametrize("used", ["client_secret_basic", "client_secret_post", "none"])
def test_a_client_has_to_prove_itself_in_the_way_that_is_registered(peer, proof, used):
    OAuth2StandIn(peer, client_authentication=proof)
    session = authlib(token_endpoint_auth_method=used)
    if proof == used:
        assert authorized(peer, session)["access_token"]
    else:
        with pytest.raises(OAuthError, match="invalid_client"):
            authorized(peer, session)


def test_a_wrong_secret_is_challenged_with_basic(peer):
    server = OAuth2StandIn(peer)
    answer = ask(peer, {"grant_type": "client_credentials"}, auth=("app-1", "wrong"))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["error"] == "invalid_client"
    assert server.refusals == ["invalid_client"]


def test_basic_credentials_are_form_decoded_first(peer):
    OAuth2StandIn(peer, client_id="a:b", client_secret="s%+ /ü")
    quoted = ("a%3Ab", "s%25%2B+%2F%C3%BC")
    assert ask(peer, {"grant_type": "client_credentials"}, auth=quoted).status_code == 200
    bare = ("a:b", "s%+ /ü".encode())
    assert ask(peer, {"grant_type": "client_credentials"}, auth=bare).status_code == 401


def test_a_refresh_token_that_is_used_twice_ends_the_grant(peer):
    server = OAuth2StandIn(peer)
    first = server.auth()
    renewed = refresh(peer, first.refresh_token.reveal()).json()
    assert bearer(server, peer, renewed["access_token"]) == 200
    again = refresh(peer, first.refresh_token.reveal())
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert bearer(server, peer, renewed["access_token"]) == 401
    assert refresh(peer, renewed["refresh_token"]).json()["error"] == "invalid_grant"
    assert (server.refreshes, server.reuses) == (1, 1)


def test_without_rotation_a_refresh_token_stays_and_is_not_in_the_answer(peer):
    server = OAuth2StandIn(peer, rotates=False)
    token = server.auth().refresh_token.reveal()
    answers = [refresh(peer, token).json() for _ in range(2)]
    assert all("refresh_token" not in answer for answer in answers)
    assert [bearer(server, peer, answer["access_token"]) for answer in answers] == [200, 200]


def test_access_tokens_end_by_the_clock_of_the_test(peer):
    clock = MovingClock()
    server = OAuth2StandIn(peer, lifetime_s=600, clock=clock)
    token = server.auth().access_token.reveal()
    clock.advance(590)
    assert bearer(server, peer, token) == 200
    server.advance(11)
    assert bearer(server, peer, token) == 401


def test_a_code_counts_once_and_its_reuse_ends_the_tokens(peer):
    server = OAuth2StandIn(peer, pkce=False)
    form = code_form(server)
    token = ask(peer, form).json()["access_token"]
    assert ask(peer, form).json()["error"] == "invalid_grant"
    assert bearer(server, peer, token) == 401


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"redirect_uri": f"{CALLBACK}/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "other"}, "invalid_grant"),
        ({"code_verifier": "v" * 43}, "invalid_grant"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "client_credentials", "scope": "all"}, "invalid_scope"),
        ({"client_secret": "app-secret-1a2b"}, "invalid_request"),
    ],
)
def test_a_request_for_tokens_that_is_wrong_is_refused_by_its_name(peer, change, error):
    server = OAuth2StandIn(peer, pkce=False, scopes=["events:write"])
    form = {name: value for name, value in {**code_form(server), **change}.items() if value}
    answer = ask(peer, form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_code_ends_after_a_minute(peer):
    server = OAuth2StandIn(peer, pkce=False)
    form = code_form(server)
    server.advance(61)
    assert ask(peer, form).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("verifier", ["w" * 43, "v" * 42, None])
def test_a_code_verifier_has_to_match_its_challenge(peer, verifier):
    server = OAuth2StandIn(peer)
    challenge = create_s256_code_challenge("v" * 43)
    query = f"&code_challenge={challenge}&code_challenge_method=S256"
    form = code_form(server, query)
    if verifier:
        form["code_verifier"] = verifier
    assert ask(peer, form).json()["error"] == "invalid_grant"
    assert ask(peer, {**form, "code_verifier": "v" * 43}).status_code == 200


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "invalid_request"),
        ("&code_challenge=" + "c" * 43, "invalid_request"),
        ("&code_challenge=" + "c" * 43 + "&code_challenge_method=plain", "invalid_request"),
        ("&code_challenge=short&code_challenge_method=S256", "invalid_request"),
        ("&code_challenge_method=S256&scope=a&scope=b", "invalid_request"),
        (f"&code_challenge={'c' * 43}&code_challenge_method=S256&scope=x", "invalid_scope"),
    ],
)
def test_a_wrong_request_for_a_code_sends_the_person_back_with_the_reason_and_state(
    peer, query, error
):
    server = OAuth2StandIn(peer, scopes=["events:write"])
    answer = parse_qs(urlsplit(server.consent(page_of(query))).query)
    assert (answer["error"], answer["state"]) == ([error], ["s-1"])
    assert "code" not in answer


@pytest.mark.parametrize(
    ("url", "is_good"),
    [
        (CALLBACK, True),
        (f"{CALLBACK}?x=1", False),
        (f"{CALLBACK}/", False),
        ("https://app.example.evil/callback", False),
        ("http://127.0.0.1:8123/done", True),
        ("http://127.0.0.1:8123/other", False),
        ("http://localhost:8123/done", False),
        ("http://127.0.0.1:8123@evil.example/done", False),
    ],
)
def test_the_redirect_url_has_to_be_a_registered_one(peer, url, is_good):
    urls = [CALLBACK, "http://127.0.0.1/done"]
    server = OAuth2StandIn(peer, pkce=False, redirect_urls=urls)
    page = page_of("").replace(CALLBACK, url)
    if is_good:
        assert server.consent(page).startswith(url)
    else:
        with pytest.raises(AssertionError, match="redirect_uri is not one that was registered"):
            server.consent(page)


def test_client_credentials_give_no_refresh_token_and_need_a_secret(peer):
    session = authlib(token_endpoint_auth_method="client_secret_basic")
    server = OAuth2StandIn(peer)
    token = session.fetch_token(f"{peer.url}/oauth/token", grant_type="client_credentials")
    assert "refresh_token" not in token
    assert server.grants == 1
    OAuth2StandIn(peer, client_authentication="none")
    form = {"grant_type": "client_credentials", "client_id": "app-1"}
    assert ask(peer, form, auth=None).json()["error"] == "unauthorized_client"


def test_a_device_waits_for_the_person_and_not_too_fast(peer):
    server = OAuth2StandIn(peer)
    codes = requests.post(f"{peer.url}/oauth/device", data={"x": "y"}, auth=basic(), timeout=5)
    kind = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": kind, "device_code": codes.json()["device_code"]}
    said = [ask(peer, form).json()["error"] for _ in range(2)]
    assert said == ["authorization_pending", "slow_down"]
    server.enter(codes.json()["user_code"])
    server.advance(15)
    assert ask(peer, form).json()["refresh_token"]
    assert ask(peer, form).json()["error"] == "invalid_grant"
    with pytest.raises(LookupError):
        server.enter("other")


@pytest.mark.parametrize(
    ("approves", "waits_s", "error"), [(False, 0, "access_denied"), (True, 601, "expired_token")]
)
def test_a_device_hears_why_it_gets_nothing(peer, approves, waits_s, error):
    server = OAuth2StandIn(peer)
    codes = requests.post(
        f"{peer.url}/oauth/device", data={"x": "y"}, auth=basic(), timeout=5
    ).json()
    server.enter(codes["user_code"], approves=approves)
    server.advance(waits_s)
    kind = "urn:ietf:params:oauth:grant-type:device_code"
    form = {"grant_type": kind, "device_code": codes["device_code"]}
    assert ask(peer, form).json()["error"] == error


def test_a_token_that_was_given_back_counts_no_longer(peer):
    server = OAuth2StandIn(peer)
    session = authlib()
    token = authorized(peer, session)
    assert session.revoke_token(f"{peer.url}/oauth/revoke", token["refresh_token"]).ok
    assert bearer(server, peer, token["access_token"]) == 401


@pytest.mark.parametrize("media", ["text/plain", "application/json"])
def test_a_body_that_is_no_form_is_refused(peer, media):
    OAuth2StandIn(peer)
    headers = {"Content-Type": media}
    answer = requests.post(
        f"{peer.url}/oauth/token", data=b"{}", headers=headers, auth=basic(), timeout=5
    )
    assert answer.json()["error"] == "invalid_request"


@pytest.fixture
def acme(peer):
    """Connect a destination of our own scheme to the stand-in, by its declared host."""

    class Acme:
        @hookimpl
        def auth_scheme(self):
            return "oauth2"

        @hookimpl
        def allowed_hosts(self):
            return ["api.acme.example"]

        @hookimpl
        def oauth2_endpoints(self):
            at = "https://api.acme.example/oauth"
            return OAuth2Endpoints(
                authorize_url=f"{at}/authorize", token_url=f"{at}/token", scopes=["events"]
            )

        @hookimpl
        def extend_request(self):
            return RequestOptions(base_url="https://api.acme.example")

        @hookimpl
        def test_authentication(self, client):
            return client.get("/me").json()["name"]

    server = OAuth2StandIn(peer, scopes=["events"])
    peer.route("GET", "/me", server.guarded(Reply(json={"name": "Ada"})))
    with StandInHost(plugins={"acme": Acme()}) as host:
        host.stand_in("api.acme.example", peer)
        yield SimpleNamespace(destination=host.destination("acme"), server=server)


def test_our_scheme_authorizes_renews_and_notices_the_end_of_the_grant(acme):
    connection = acme.destination.connect({}, Auth(**APP))
    begun = connection.begin_authorization(CALLBACK)
    connection.finish_authorization(begun.pending, acme.server.consent(f"{begun.url}"))
    assert connection.test() == "Ada"
    acme.server.advance(3600)
    assert connection.test() == "Ada"
    assert (acme.server.grants, acme.server.refreshes) == (1, 1)
    acme.server.end_grants()
    with pytest.raises(ReauthorizationError):
        connection.test()


def test_credentials_of_the_stand_in_connect_at_once(acme):
    assert acme.destination.connect({}, acme.server.auth()).test() == "Ada"
    assert (acme.server.grants, acme.server.refreshes) == (0, 0)


def basic():
    return tuple(APP.values())


def ask(peer, form, auth=tuple(APP.values())):  # noqa: B008
    return requests.post(f"{peer.url}/oauth/token", data=form, auth=auth, timeout=5)


def refresh(peer, token):
    return ask(peer, {"grant_type": "refresh_token", "refresh_token": token})


def bearer(server, peer, token):
    peer.route("GET", "/who", server.guarded(Reply()))
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{peer.url}/who", headers=headers, timeout=5).status_code


def page_of(query):
    base = f"/oauth/authorize?response_type=code&client_id=app-1&redirect_uri={CALLBACK}"
    return f"https://api.example{base}&state=s-1{query}"


def code_form(server, query=""):
    code = parse_qs(urlsplit(server.consent(page_of(query))).query)["code"][0]
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
