"""The page a person is sent to, endpoints that cannot be, challenges of a resource server."""

import inspect
import json
import textwrap
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, strategies as st

import portcall
from portcall import Auth, HookError, RequestError, SettingsError
from portcall.model.http_response import Headers, Response
from portcall.schemes.oauth2 import oauth2_endpoints
from portcall.schemes.oauth2.authorizing import begin, challenge_of
from portcall.schemes.oauth2.challenges import bearer_error
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints

TOKEN = "https://api.example.com/token"
BACK = "http://127.0.0.1:8123/callback"
OWN = Auth(client_id="i d&", client_secret="s")


def endpoints(**more):
    base = {"token_url": TOKEN, "authorize_url": "https://app.example.com/authorize"}
    return OAuth2Endpoints(**{**base, **more})


def test_pkce_vector_of_rfc_7636_appendix_b():
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_page_and_the_pending_state():
    declared = endpoints(
        scopes=["a", "b:c"],
        scope_separator=",",
        authorize_parameters={"access_type": "offline"},
        authorize_url="https://app.example.com/authorize?tenant=7",
    )
    started = begin(declared, OWN, BACK)
    page = urlsplit(started.url)
    query = {name: values[0] for name, values in parse_qs(page.query).items()}
    pending = json.loads(json.dumps(dict(started.pending)))
    assert page.netloc + page.path == "app.example.com/authorize"
    assert query == {
        "tenant": "7",
        "access_type": "offline",
        "response_type": "code",
        "client_id": "i d&",
        "redirect_uri": BACK,
        "state": pending["state"],
        "scope": "a,b:c",
        "code_challenge": challenge_of(pending["code_verifier"]),
        "code_challenge_method": "S256",
    }
    assert 43 <= len(pending["code_verifier"]) <= 128
    assert len(pending["state"]) >= 43
    assert len(json.dumps(pending)) < 400
    assert pending["code_verifier"] not in repr(started)


def test_no_two_begin_alike():
    first, second = begin(endpoints(), OWN, BACK), begin(endpoints(), OWN, BACK)
    assert not set(first.pending.values()) & set(second.pending.values()) - {BACK}


def test_without_pkce_and_scopes_neither_is_sent():
    started = begin(endpoints(pkce=False), OWN, BACK)
    assert "code_challenge" not in started.url
    assert "scope" not in started.url
    assert set(started.pending) == {"state", "redirect_url"}


def test_no_page_where_no_person_is_needed():
    assert begin(endpoints(authorize_url=None), OWN, BACK) is None


@pytest.mark.parametrize(
    "back", ["", "/callback", "http://h/#x", "http://h/a b", "http://h/ü", "x"]
)
def test_a_redirect_url_that_cannot_be_one(back):
    with pytest.raises(RequestError, match="redirect URL"):
        begin(endpoints(), OWN, back)


def test_an_app_may_come_back_by_a_scheme_of_its_own():
    assert begin(endpoints(), OWN, "com.example.app:/back").pending["redirect_url"]


def test_a_missing_client_id_says_what_to_do():
    with pytest.raises(SettingsError, match="register an application there"):
        begin(endpoints(), Auth(), BACK)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"token_url": "/token"}, "token_url"),
        ({"token_url": None}, "token_url"),
        ({"authorize_url": "https://user@h/"}, "authorize_url"),
        ({"revoke_url": "ftp://h/"}, "revoke_url"),
        ({"device_url": ""}, "device_url"),
        ({"client_authentication": "basic"}, "client_secret_basic, basic_raw"),
        ({"token_body": "xml"}, "token_body is one of form, json"),
        ({"grant": "password"}, "grant is one of"),
        ({"grant": "jwt_bearer"}, "needs an assertion"),
        ({"authorize_parameters": {"state": "x"}}, "'state'"),
        ({"token_parameters": {"client_secret": "x"}}, "'client_secret'"),
        ({"settings_from_token": {"x": "grant"}}, "'grant'"),
    ],
)
def test_endpoints_that_cannot_be_are_named(wrong, named):
    with pytest.raises(HookError, match=f"OAuth2Endpoints: .*{named}"):
        endpoints(**wrong)


def test_a_repr_of_endpoints_shows_no_secret():
    assert "hush" not in repr(endpoints(client_id="i", client_secret="hush"))


def test_the_hookspec_says_how_answers_combine():
    assert "\nCombination: the strongest answer" in inspect.getdoc(oauth2_endpoints)
    assert oauth2_endpoints.portcall_spec["firstresult"]


def test_the_example_of_the_hookspec_oauth2_endpoints_is_a_whole_destination(monkeypatch):
    monkeypatch.setattr(portcall, "OAuth2Endpoints", OAuth2Endpoints, raising=False)
    acme = ModuleType("acme")
    example = inspect.getdoc(oauth2_endpoints).partition("Example::\n")[2]
    exec(textwrap.dedent(example), vars(acme))
    with portcall.Host(plugins={"acme": acme}) as host:
        connection = host.destination("acme").connect({}, OWN)
        started = connection.begin_authorization(BACK)
        assert started.url.startswith("https://eu.example.com/oauth/authorize?response_type=code&")
        request = portcall.Request(method="GET", url="/x")
        ready = host.destination("acme").connect(
            {}, Auth(access_token="t", state={"api_url": "https://n1.example.com/v2"})
        )
        assert ready.preview(request).url == "https://n1.example.com/v2/x"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        (['Bearer error="insufficient_scope"'], "insufficient_scope"),
        (['bearer realm="a, b=\\"c\\"", error=insufficient_scope'], "insufficient_scope"),
        (['Basic realm="x", Bearer scope="a", error="invalid_token"'], "invalid_token"),
        (["Negotiate abc==", 'Bearer ERROR = "insufficient_scope"'], "insufficient_scope"),
        (['Negotiate abc==, Bearer error="x"'], "x"),
        (['Basic error="insufficient_scope"'], ""),
        (['Basic realm="Bearer error=insufficient_scope"'], ""),
        (["Bearer"], ""),
        (['Bearer error="open'], ""),
        ([], ""),
    ],
)
def test_the_error_of_the_bearer_challenge(fields, error):
    pairs = [("WWW-Authenticate", value) for value in fields]
    assert bearer_error(Response(status=401, headers=Headers(pairs))) == error


@given(st.lists(st.text('Bearer error="=,\\ \tab\x00é'), max_size=3))
def test_any_challenge_can_be_read(fields):
    pairs = [("WWW-Authenticate", value) for value in fields]
    assert isinstance(bearer_error(Response(status=401, headers=Headers(pairs))), str)
