"""Each grant, seen from the token endpoint."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import portcall
from portcall import (
    Auth,
    AuthenticationError,
    ClientRefusedError,
    Host,
    ReauthorizationError,
    RefreshError,
    RequestOptions,
    ResponseError,
    SettingsError,
    field,
    hookimpl,
)
from portcall.schemes.oauth2.authorizing import challenge_of
from portcall.schemes.oauth2.endpoints import Assertion, OAuth2Endpoints
from portcall.schemes.oauth2.flows import give_back, machine_sign_in
from portcall.testing import Reply

BACK = "http://127.0.0.1:1/callback"
OWN = Auth(client_id="id", client_secret="client-secret-77")


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def connect(peer, auth=OWN, *, save=None, hooks=None, **declared):
    """Connect to a destination that declares its endpoints and nothing else."""

    def oauth2_endpoints(settings):
        base = {"token_url": f"{settings.endpoint}/token"}
        if declared.get("grant", "authorization_code") == "authorization_code":
            base["authorize_url"] = "https://app.example.com/authorize"
        return OAuth2Endpoints(**{**base, **declared})

    acme = {
        "auth_scheme": lambda: "oauth2",
        "auth_fields": lambda: Settings,
        "allowed_hosts": lambda: ["{endpoint}"],
        "extend_request": lambda settings: RequestOptions(base_url=settings.endpoint),
        "oauth2_endpoints": oauth2_endpoints,
        **(hooks or {}),
    }
    plugin = SimpleNamespace(**{name: hookimpl(hook) for name, hook in acme.items()})
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    return host.destination("acme").connect({"endpoint": peer.url}, auth, save=save)


def grant(access="a1", **more):
    return Reply(json={"access_token": access, "token_type": "Bearer", **more})


def come_back(started, **more):
    return f"{BACK}?{urlencode({'code': 'c1', 'state': started.pending['state'], **more})}"


def guarded(peer, *good):
    """An API that takes these tokens."""

    def api(request):
        known = request.headers.get("authorization") in [f"Bearer {token}" for token in good]
        refusal = Reply(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
        return Reply(json={}) if known else refusal

    peer.route("GET", "/api", api)


def test_a_code_becomes_a_connection_that_refreshes_itself(peer):
    peer.route("POST", "/token", grant("a1", refresh_token="r1"), grant("a2", refresh_token="r2"))
    guarded(peer, "a2")
    started = connect(peer, scopes=["x", "y"]).begin_authorization(BACK)
    pending = json.loads(json.dumps(dict(started.pending)))
    saved = []
    connection = connect(peer, scopes=["x", "y"], save=saved.append)
    auth = connection.finish_authorization(pending, come_back(started))
    assert (auth.access_token.reveal(), auth.refresh_token.reveal()) == ("a1", "r1")
    assert (auth.scopes, auth.client_secret) == (("x", "y"), None)
    assert connection.client.get("/api").status == 200
    exchange, refresh = peer.received("/token")
    assert exchange.form == {
        "grant_type": ["authorization_code"],
        "code": ["c1"],
        "redirect_uri": [BACK],
        "code_verifier": [pending["code_verifier"]],
    }
    asked = parse_qs(urlsplit(started.url).query)
    assert asked["code_challenge"] == [challenge_of(exchange.form["code_verifier"][0])]
    assert exchange.basic == ("id", "client-secret-77")
    assert exchange.headers["accept"] == "application/json"
    assert refresh.form == {"grant_type": ["refresh_token"], "refresh_token": ["r1"]}
    assert [one.refresh_token.reveal() for one in saved] == ["r1", "r2"]


def test_refresh_goes_to_its_own_url_with_the_extra_fields_in_json(peer):
    peer.route("POST", "/refresh", grant("a2"))
    guarded(peer, "a2")
    auth = attrs.evolve(OWN, access_token="a1", refresh_token="r1")
    connection = connect(
        peer,
        auth,
        refresh_url=f"{peer.url}/refresh",
        token_body="json",
        token_parameters={"audience": "x"},
        client_authentication="client_secret_post",
    )
    connection.client.get("/api")
    (refresh,) = peer.received("/refresh")
    assert refresh.headers["content-type"] == "application/json"
    assert refresh.json() == {
        "audience": "x",
        "grant_type": "refresh_token",
        "refresh_token": "r1",
        "client_id": "id",
        "client_secret": "client-secret-77",
    }
    assert "authorization" not in refresh.headers
    assert connection.auth.refresh_token.reveal() == "r1"


def test_a_destination_without_endpoints_or_refresh_token_has_nothing_to_refresh_with(peer):
    guarded(peer)
    auth = attrs.evolve(OWN, access_token="a1")
    for hooks in ({}, {"oauth2_endpoints": lambda: None}):
        with pytest.raises(AuthenticationError, match="401"):
            connect(peer, auth, hooks=hooks).client.get("/api")
    assert peer.received("/token") == ()
    undeclared = connect(peer, hooks={"oauth2_endpoints": lambda: None})
    with pytest.raises(SettingsError, match="needs no authorization by a person"):
        undeclared.begin_authorization(BACK)


def test_a_missing_client_id_stops_no_request_while_the_token_is_good(peer):
    guarded(peer, "a1")
    now = datetime.now(UTC)
    auth = Auth(
        access_token="a1",
        refresh_token="r1",
        issued_at=now - timedelta(hours=1),
        expires_at=now + timedelta(minutes=5),
    )
    connection = connect(peer, auth)
    assert connection.client.get("/api").status == 200
    guarded(peer)
    with pytest.raises(AuthenticationError, match="no client id"):
        connect(peer, Auth(access_token="a1", refresh_token="r1")).client.get("/api")


def test_a_destination_may_still_write_its_own_refresh(peer):
    guarded(peer, "mine")
    hooks = {"refresh_access_token": lambda auth: attrs.evolve(auth, access_token="mine")}
    connect(peer, attrs.evolve(OWN, access_token="a1"), hooks=hooks).client.get("/api")
    assert peer.received("/token") == ()


@pytest.mark.parametrize("status", [401, 403])
def test_insufficient_scope_is_never_refreshed(peer, status):
    challenge = {"WWW-Authenticate": 'Bearer realm="x", error="insufficient_scope"'}
    peer.route("GET", "/api", Reply(status, headers=challenge))
    auth = attrs.evolve(OWN, access_token="a1", refresh_token="r1")
    with pytest.raises(ResponseError, match="insufficient_scope"):
        connect(peer, auth).client.get("/api")
    assert peer.received("/token") == ()
    assert len(peer.received("/api")) == 1


@pytest.mark.parametrize(
    ("reply", "error", "calls"),
    [
        (Reply(400, json={"error": "invalid_grant"}), ReauthorizationError, 1),
        (Reply(401, json={"error": "invalid_client"}), ClientRefusedError, 1),
        (Reply(503, body=b"<html>busy</html>"), RefreshError, 2),
        (Reply(200, body=b"<html>sign in</html>"), RefreshError, 2),
        (Reply(200, json={"access_token": "a2", "token_type": "mac"}), AuthenticationError, 1),
        (Reply(200, body=b"x" * (2 << 20)), RefreshError, 2),
    ],
)
def test_only_what_may_pass_is_asked_twice(peer, reply, error, calls):
    """A token that came and cannot be used has spent the refresh token: once more would be re-use."""
    peer.route("POST", "/token", reply)
    guarded(peer)
    auth = attrs.evolve(OWN, access_token="a1", refresh_token="refresh-token-31")
    with pytest.raises(error) as caught:
        connect(peer, auth).client.get("/api")
    assert type(caught.value) is error
    assert len(peer.received("/token")) == calls
    text = f"{caught.value}{getattr(caught.value, '__notes__', ())}"
    assert "refresh-token-31" not in text
    assert "client-secret-77" not in text


def test_settings_of_the_account_come_with_the_token(peer):
    peer.route("POST", "/token", grant(refresh_token="r1", api=f"{peer.url}/v9"))
    peer.route("GET", "/v9/me", Reply(json={}))
    hooks = {
        "extend_request": lambda auth: RequestOptions(base_url=f"{auth.state['api']}"),
    }
    connection = connect(peer, settings_from_token={"api": "api"}, hooks=hooks)
    started = connection.begin_authorization(BACK)
    connection.finish_authorization(started.pending, come_back(started))
    assert connection.client.get("/me").status == 200


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": "forged"}, "does not belong"),
        ({"error": "access_denied"}, "declined"),
        ({"iss": "https://evil.example"}, "iss"),
        ({}, "iss"),
    ],
)
def test_an_answer_that_is_not_ours_or_a_refusal_sends_nothing(peer, more, said):
    connection = connect(peer, issuer="https://as.example")
    started = connection.begin_authorization(BACK)
    with pytest.raises(AuthenticationError, match=said):
        connection.finish_authorization(
            started.pending,
            come_back(started, **{"iss": "https://as.example", **more} if more else {}),
        )
    assert peer.requests == ()


def test_a_code_that_is_not_taken_leaks_neither_code_nor_verifier(peer):
    def refuse(request):
        quoted = f"{request.form['code'][0]} {request.form['code_verifier'][0]}"
        return Reply(400, json={"error": "invalid_grant", "error_description": quoted})

    peer.route("POST", "/token", refuse)
    connection = connect(peer)
    started = connection.begin_authorization(BACK)
    with pytest.raises(ReauthorizationError) as caught:
        connection.finish_authorization(started.pending, come_back(started, code="c0de-88"))
    assert "c0de-88" not in str(caught.value)
    assert started.pending["code_verifier"] not in str(caught.value)


def test_a_pending_state_in_pieces_is_named(peer):
    with pytest.raises(AuthenticationError, match="pending state is incomplete"):
        connect(peer).finish_authorization({"state": "s"}, f"{BACK}?code=c&state=s")


def test_client_credentials_are_had_by_authorize_and_again_by_refusal(peer):
    peer.route("POST", "/token", grant("a1", refresh_token="unasked"), grant("a2"))
    guarded(peer, "a2")
    connection = connect(peer, grant="client_credentials", scopes=["x"])
    auth = connection.authorize(machine_sign_in)
    assert (auth.access_token.reveal(), auth.refresh_token) == ("a1", None)
    assert auth.state == {"grant": "client_credentials"}
    assert connection.client.get("/api").status == 200
    forms = [request.form for request in peer.received("/token")]
    assert forms == [{"grant_type": ["client_credentials"], "scope": ["x"]}] * 2


def test_client_credentials_need_no_first_step(peer):
    peer.route("POST", "/token", grant("a1"))
    guarded(peer, "a1")
    assert connect(peer, grant="client_credentials").client.get("/api").status == 200


def test_the_state_of_the_credentials_says_how_they_were_had(peer):
    peer.route("POST", "/token", grant("a2"))
    guarded(peer, "a2")
    auth = attrs.evolve(OWN, access_token="a1", state={"grant": "client_credentials"})
    connect(peer, auth).client.get("/api")
    assert peer.received("/token")[0].form["grant_type"] == ["client_credentials"]


def test_a_service_account_asserts_anew_for_every_token(peer):
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    peer.route("POST", "/token", grant("a1"), grant("a2"))
    guarded(peer, "a2")
    asserted = Assertion(private_key=key.decode(), issuer="robot@example.com")
    connection = connect(peer, Auth(), grant="jwt_bearer", assertion=asserted)
    connection.authorize(machine_sign_in)
    connection.client.get("/api")
    first, second = (request.form for request in peer.received("/token"))
    assert first["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assert first["assertion"] != second["assertion"]


def test_a_machine_that_is_refused_is_not_told_to_fetch_a_person(peer):
    peer.route("POST", "/token", Reply(400, json={"error": "invalid_grant"}))
    connection = connect(peer, grant="client_credentials")
    with pytest.raises(AuthenticationError, match="no person is needed") as caught:
        connection.authorize(machine_sign_in)
    assert type(caught.value) is AuthenticationError


def test_a_grant_that_needs_a_person_says_so(peer):
    with pytest.raises(SettingsError, match="authorization of a person"):
        connect(peer).authorize(machine_sign_in)


def test_tokens_are_given_back(peer):
    peer.route("POST", "/revoke", Reply(200))
    auth = attrs.evolve(OWN, access_token="a1", refresh_token="r1")
    connection = connect(peer, auth, revoke_url=f"{peer.url}/revoke")
    assert connection.authorize(give_back) == Auth()
    assert [request.form for request in peer.received("/revoke")] == [
        {"token": ["r1"], "token_type_hint": ["refresh_token"]},
        {"token": ["a1"], "token_type_hint": ["access_token"]},
    ]
    assert peer.received("/revoke")[0].basic == ("id", "client-secret-77")


def test_tokens_that_could_not_be_given_back_are_kept(peer):
    peer.route("POST", "/revoke", Reply(503, headers={"Retry-After": "60"}))
    auth = attrs.evolve(OWN, access_token="a1", refresh_token="r1")
    connection = connect(peer, auth, revoke_url=f"{peer.url}/revoke")
    with pytest.raises(RefreshError) as caught:
        connection.authorize(give_back)
    assert caught.value.retry_at > datetime.now(UTC) + timedelta(seconds=50)
    assert connection.auth.refresh_token.reveal() == "r1"
    with pytest.raises(SettingsError, match="revoke_url"):
        connect(peer, auth).authorize(give_back)


def test_a_token_url_that_is_not_declared_gets_nothing(peer):
    connection = connect(
        peer, token_url="https://elsewhere.example/token", grant="client_credentials"
    )
    with pytest.raises(portcall.PolicyError, match=r"elsewhere\.example"):
        connection.authorize(machine_sign_in)


def test_an_answer_of_the_wrong_kind_names_the_plugin(peer):
    connection = connect(peer, hooks={"oauth2_endpoints": lambda: {"token_url": "x"}})
    with pytest.raises(portcall.HookError, match=r"oauth2_endpoints of destination acme .* dict"):
        connection.begin_authorization(BACK)


def test_an_exception_out_of_oauth2_endpoints_names_the_plugin(peer):
    def oauth2_endpoints():
        raise ZeroDivisionError

    connection = connect(peer, hooks={"oauth2_endpoints": oauth2_endpoints})
    with pytest.raises(ZeroDivisionError) as caught:
        connection.begin_authorization(BACK)
    assert "portcall: in oauth2_endpoints of destination acme" in caught.value.__notes__


def test_a_token_of_another_type_is_left_to_the_destination(peer):
    peer.route("GET", "/api", Reply(json={}))
    auth = Auth(access_token="a1", token_type="MAC")
    connect(peer, auth).client.get("/api")
    connect(peer, Auth(access_token="a1", token_type="Bearer")).client.get("/api")
    sent = [request.headers.get("authorization") for request in peer.received("/api")]
    assert sent == [None, "Bearer a1"]


def test_basic_goes_over_the_wire_encoded(peer):
    peer.route("POST", "/token", grant("a1"))
    own = Auth(client_id="odd client", client_secret="p@ss:w/rd+%&= ~")
    connect(peer, own, grant="client_credentials").authorize(machine_sign_in)
    pair = b64encode(b"odd+client:p%40ss%3Aw%2Frd%2B%25%26%3D+~").decode()
    assert peer.received("/token")[0].headers["authorization"] == f"Basic {pair}"
