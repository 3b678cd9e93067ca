"""What the error of a refusal says: the answer itself, and the inputs that sign in."""

import pickle
from types import SimpleNamespace

import attrs
import pytest

from portcall import (
    Auth,
    AuthenticationError,
    Host,
    RefreshError,
    RequestOptions,
    Secret,
    SettingsError,
    ThrottledError,
    field,
    hookimpl,
)
from portcall.testing import Reply

AUTH = Auth(access_token="tok-0a1b2c3d", refresh_token="ref-0a1b2c3d", token_secret="ts-0a1b2c3d")


@pytest.fixture
def refuse(peer):
    """Return the error of a request that the destination answers with 401."""
    peer.route("GET", "/me", Reply(401, json={"error": "bad_key"}, headers={"X-Request-Id": "r-7"}))

    def refused(given, *, fields, scheme="custom", auth=None, **hooks):
        hooks = {
            "auth_scheme": lambda: scheme,
            "auth_fields": lambda: fields,
            "allowed_hosts": lambda: ["127.0.0.1:" + str(peer.port)],
            "extend_request": lambda: RequestOptions(base_url=peer.url),
            **hooks,
        }
        acme = SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})
        with Host(allow_private=["127.0.0.1"], plugins={"acme": acme}) as host:
            connection = host.destination("acme").connect(given, auth)
            with pytest.raises(AuthenticationError) as caught:
                connection.client.get("/me")
        return caught.value

    return refused


@attrs.frozen
class Nothing:
    pass


@attrs.frozen
class Keys:
    api_key: Secret = field(label="API key")
    webhook_secret: Secret | None = field(label="Webhook secret", default=None)
    client_secret: Secret | None = field(label="Client secret", default=None)


def _advice(error):
    return str(error).rpartition("; check ")[2]


def test_a_refusal_carries_its_response(refuse):
    error = refuse({"username": "ada", "password": "pw"}, fields=Nothing, scheme="basic")
    assert error.response.status == 401
    assert error.response.headers["x-request-id"] == "r-7"
    assert error.response.json() == {"error": "bad_key"}


def test_a_refusal_names_user_name_and_password(refuse):
    error = refuse({"username": "ada", "password": "pw"}, fields=Nothing, scheme="basic")
    assert _advice(error) == "username, password"


def test_a_refusal_names_only_the_key_that_was_sent(refuse, peer):
    def extend_request(settings):
        key = settings.api_key
        return RequestOptions(base_url=peer.url, headers={"Authorization": f"Bearer {key}"})

    given = {"api_key": "key-12345", "webhook_secret": "wh-12345", "client_secret": "cs-12345"}
    error = refuse(given, fields=Keys, extend_request=extend_request)
    assert _advice(error) == "api_key"


def test_a_refusal_of_a_signature_names_what_it_may_be_made_of(refuse):
    def sign_request(settings):
        return RequestOptions(headers={"X-Proof": str(len(settings.api_key.reveal()))})

    error = refuse({"api_key": "key-12345"}, fields=Keys, sign_request=sign_request)
    assert _advice(error) == "api_key"


def test_a_refused_oauth2_token_is_no_fault_of_the_client_secret(refuse):
    given = {"api_key": "key-12345", "client_secret": "cs-12345"}
    error = refuse(given, fields=Keys, scheme="oauth2", auth=AUTH)
    assert _advice(error) == "its tokens"


@pytest.mark.parametrize(
    ("given", "auth", "names"),
    [
        ({}, None, "consumer_key, consumer_secret"),
        (
            {"token": "t-123456", "token_secret": "ts-123456"},
            None,
            "consumer_key, consumer_secret, token, token_secret",
        ),
        ({"private_key": "left from before"}, None, "consumer_key, consumer_secret"),
        ({}, AUTH, "consumer_key, consumer_secret, its tokens"),
    ],
    ids=["hmac", "own-token", "key-not-in-use", "authorized"],
)
def test_a_refused_oauth1_signature_names_the_fields_of_its_method(given, auth, names, refuse):
    given = {"consumer_key": "ck-123456", "consumer_secret": "cs-123456", **given}
    error = refuse(given, fields=Nothing, scheme="oauth1", auth=auth)
    assert _advice(error) == names


def test_a_refused_sigv4_signature_names_its_fields_without_an_unused_session_token(refuse):
    from portcall_sigv4 import SigningScope

    given = {
        "access_key_id": "AKIDEXAMPLE",
        "secret_access_key": "wJalrXUtnFEMI",
        "region": "eu-central-1",
    }
    error = refuse(
        given,
        fields=Nothing,
        scheme="sigv4",
        signing_scope=lambda: SigningScope(service="events", region="eu-central-1"),
    )
    assert _advice(error) == "access_key_id, secret_access_key, region"


def test_a_refused_session_names_the_login_and_no_tokens(refuse, peer):
    from portcall_session import InHeader, Json, SessionLogin, SessionRequest

    peer.route("POST", "/login", Reply(200, json={"token": "s-0a1b2c3d"}))

    def session_login(settings):
        pair = {"user": settings.username, "password": settings.password}
        return SessionLogin(
            request=SessionRequest(url="/login", json=pair),
            session=Json("token"),
            sent=InHeader("X-Session"),
        )

    given = {"username": "ada", "password": "pw-123456"}
    error = refuse(given, fields=Nothing, scheme="session", session_login=session_login)
    assert peer.received("/me")[-1].headers["x-session"] == "s-0a1b2c3d"
    assert "its tokens" not in str(error)


def test_errors_survive_a_pickle_without_their_response(refuse):
    error = refuse({"username": "ada", "password": "pw"}, fields=Nothing, scheme="basic")
    made = [error, ThrottledError("slow down", error.response), SettingsError("bad")]
    for each in [*made, RefreshError("not now", None, error.response)]:
        again = pickle.loads(pickle.dumps(each))
        assert (type(again), str(again)) == (type(each), str(each))
        assert getattr(again, "response", None) is None


@attrs.frozen
class Optional:
    password: Secret | None = field(label="Password", default=None)


@pytest.mark.parametrize("given", [{}, {"password": ""}, {"password": None}])
def test_basic_sends_an_empty_password_where_the_destination_says_so(given, refuse, peer):
    refuse({"username": "key-12345", **given}, fields=Optional, scheme="basic")
    assert peer.requests[-1].basic == ("key-12345", "")


def test_basic_needs_a_password_where_the_destination_says_nothing(refuse):
    with pytest.raises(SettingsError, match="Password is missing"):
        refuse({"username": "ada", "password": ""}, fields=Nothing, scheme="basic")


def test_a_colon_in_a_basic_user_name_is_refused_with_the_settings(refuse, peer):
    with pytest.raises(SettingsError, match="Username must be a name without a colon"):
        refuse({"username": "a:b", "password": "pw"}, fields=Nothing, scheme="basic")
    assert peer.requests == ()
