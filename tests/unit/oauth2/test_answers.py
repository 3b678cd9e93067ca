"""Token answers of friends, strangers and enemies."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, strategies as st

from portcall import (
    Auth,
    AuthenticationError,
    ClientRefusedError,
    DisconnectedError,
    ReauthorizationError,
    RefreshError,
    Secret,
    Sent,
    SignInNotFoundError,
)
from portcall.model.http_response import Headers, Response
from portcall.schemes.oauth2.answers import token_response
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.lifetimes import LONGEST_S, lifetime_s

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
OLD = Auth(
    access_token="old-access-1f7",
    refresh_token="old-refresh-9c2",
    client_id="id",
    client_secret="client-secret-4d1",
    scopes=("a",),
    state={"team": "t0", "mine": "kept"},
    expires_at=NOW - timedelta(hours=1),
)
URL = "https://api.example.com/token"
JSON = "application/json;charset=UTF-8"


def answer(body=b"", status=200, kind=JSON, **headers):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    pairs = [(k.replace("_", "-"), v) for k, v in headers.items()]
    if kind:
        pairs.append(("Content-Type", kind))
    return Response(status=status, headers=Headers(pairs), body=body, url=URL)


def read(body=b"", *args, endpoints=None, **more):
    return token_response(answer(body, *args, **more), OLD, now=NOW, endpoints=endpoints)


def token(**more):
    return {"access_token": "new-access", **more}


def test_the_example_of_rfc_6749_section_5_1():
    body = {
        "access_token": "2YotnFZFEjr1zCsicMWpAA",
        "token_type": "example",
        "expires_in": 3600,
        "refresh_token": "tGzv3JOkF0XG5Qx2TlKWIA",
        "example_parameter": "example_value",
    }
    with pytest.raises(AuthenticationError, match="token_type is not 'bearer'"):
        read(body)
    auth = read({**body, "token_type": "Bearer"})
    assert auth.access_token.reveal() == "2YotnFZFEjr1zCsicMWpAA"
    assert auth.refresh_token.reveal() == "tGzv3JOkF0XG5Qx2TlKWIA"
    assert auth.expires_at == NOW + timedelta(hours=1)
    assert auth.issued_at == NOW
    assert auth.token_type == "bearer"


def test_what_the_answer_does_not_mention_stays():
    auth = read(token())
    assert auth.refresh_token == OLD.refresh_token
    assert auth.scopes == ("a",)
    assert auth.state == OLD.state
    assert auth.client_secret == OLD.client_secret
    assert auth.expires_at is None


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_refresh_token_keeps_the_old_one(empty):
    assert read(token(refresh_token=empty)).refresh_token == OLD.refresh_token


@pytest.mark.parametrize("word", ["bearer", "Bearer", "BEARER", "bEaReR", "", None])
def test_bearer_in_any_case_and_a_missing_token_type(word):
    assert read(token(token_type=word)).token_type == "bearer"


@pytest.mark.parametrize("word", ["mac", "DPoP", "bearer ", "bot", 7, ["bearer"], {"a": 1}])
def test_any_other_token_type_is_refused_and_asking_again_would_not_help(word):
    with pytest.raises(AuthenticationError, match="token_type") as caught:
        read(token(token_type=word))
    assert not isinstance(caught.value, RefreshError)


def test_a_vendors_own_word_for_bearer_is_declared():
    endpoints = OAuth2Endpoints(token_url=URL, token_types=["Bot"])
    assert read(token(token_type="bot"), endpoints=endpoints).token_type == "bearer"
    assert read(token(token_type="Bearer"), endpoints=endpoints).token_type == "bearer"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (3600, 3600),
        (0.5, 0.5),
        ("3600", 3600),
        (" 3600 ", 3600),
        ("3600.0", 3600),
        (1e3, 1000),
        (None, None),
        ("", None),
        (0, None),
        (-1, None),
        ("-1", None),
        ("never", None),
        ("1e3", None),
        ("٣٦", None),
        (True, None),
        (False, None),
        (float("nan"), None),
        (float("inf"), None),
        (-float("inf"), None),
        ("NaN", None),
        (1_777_600_000, None),
        (10**30, None),
        ("9" * 400, None),
        ([3600], None),
        ({"s": 1}, None),
        (LONGEST_S, LONGEST_S),
    ],
)
def test_every_spelling_of_a_lifetime(said, seconds):
    assert lifetime_s(said) == seconds
    expires_at = read(token(expires_in=said)).expires_at
    assert expires_at == (None if seconds is None else NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"NaN", b"Infinity", b"9" * 5000])
def test_numbers_that_python_does_not_take_for_one_cost_no_token(number):
    auth = read(b'{"access_token":"new-access","expires_in":' + number + b"}")
    assert (auth.access_token.reveal(), auth.expires_at) == ("new-access", None)


@pytest.mark.parametrize("bad", ["a b", "a\n", "a\r\nX: y", "\x7f", "ü", "\ud800", 7, ["a"], True])
def test_an_access_token_is_visible_ascii(bad):
    with pytest.raises(AuthenticationError, match="access_token is not text") as caught:
        read(token(access_token=bad))
    assert not isinstance(caught.value, RefreshError)


@pytest.mark.parametrize("bad", ["a\n", "ü", 7, ["a"], True])
def test_a_refresh_token_that_cannot_be_sent_is_refused(bad):
    with pytest.raises(AuthenticationError, match="refresh_token is not text"):
        read(token(refresh_token=bad))


@pytest.mark.parametrize(
    ("said", "scopes"),
    [
        ("a b  c", ("a", "b", "c")),
        ("repo,gist", ("repo", "gist")),
        (["x", "y", 3], ("x", "y")),
        ("", ()),
        (None, ("a",)),
        (7, ("a",)),
        ("a;b", ("a", "b")),
        ("good b\x00d", ("good",)),
    ],
)
def test_scopes(said, scopes):
    endpoints = OAuth2Endpoints(token_url=URL, scope_separator=";")
    assert read(token(scope=said), endpoints=endpoints).scopes == scopes


def test_settings_come_from_the_answer():
    wanted = {"instance_url": "base_url", "team.id": "team", "portal": "portal", "none": "mine"}
    endpoints = OAuth2Endpoints(token_url=URL, settings_from_token=wanted)
    body = token(instance_url="https://eu1.example.com", team={"id": "T1"}, portal=2**60, none=None)
    assert read(body, endpoints=endpoints).state == {
        "base_url": "https://eu1.example.com",
        "team": "T1",
        "portal": str(2**60),
        "mine": "kept",
    }


@pytest.mark.parametrize("bad", ["a\nb", "\x1b[2J", "x" * 5000, [], {}, True, 1.5, ""])
def test_a_setting_that_cannot_be_one_keeps_what_was_there(bad):
    endpoints = OAuth2Endpoints(token_url=URL, settings_from_token={"team": "team"})
    assert read(token(team=bad), endpoints=endpoints).state["team"] == "t0"


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "text/javascript", "", "nonsense"])
def test_a_token_is_read_whatever_the_content_type_says(kind):
    assert read(token(), kind=kind).access_token.reveal() == "new-access"


def test_a_byte_order_mark_costs_no_token():
    body = b"\xef\xbb\xbf" + json.dumps(token()).encode()
    assert read(body).access_token.reveal() == "new-access"


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=utf-8", "text/plain"])
def test_a_form_is_read_too(kind):
    body = b"access_token=gho_16C7&expires_in=3600&scope=repo%2Cgist&token_type=bearer"
    auth = read(body, kind=kind)
    assert auth.access_token.reveal() == "gho_16C7"
    assert auth.scopes == ("repo", "gist")
    assert auth.expires_at == NOW + timedelta(hours=1)


def test_a_form_with_a_parameter_twice_is_no_answer():
    with pytest.raises(RefreshError):
        read(b"access_token=a1&access_token=a2", kind="application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"[" * 100_000, b"{}", b"<html>", b"7"],
)
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, RefreshError),
        (302, AuthenticationError),
        (400, AuthenticationError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (404, SignInNotFoundError),
        (405, SignInNotFoundError),
        (408, RefreshError),
        (410, SignInNotFoundError),
        (422, AuthenticationError),
        (500, RefreshError),
        (503, RefreshError),
    ],
)
def test_what_speaks_no_oauth_is_read_by_its_status(body, status, kind):
    with pytest.raises(AuthenticationError) as caught:
        read(body, status)
    assert type(caught.value) is kind


@pytest.mark.parametrize("status", [400, 403])
def test_a_bare_refusal_with_a_time_may_pass(status):
    with pytest.raises(RefreshError) as caught:
        read(b"", status, Retry_After="120")
    assert caught.value.retry_at == NOW + timedelta(seconds=120)


@pytest.mark.parametrize(
    ("declared", "check"),
    [
        ({}, "the client id and client secret that this host has"),
        ({"client_authentication": "none"}, "the client id that this host has"),
        (
            {"client_authentication": "private_key_jwt"},
            "the client id and private key that this host has",
        ),
        (
            {"client_id": "a", "client_secret": "b"},
            "the client id and client secret in the settings",
        ),
    ],
)
@pytest.mark.parametrize(
    ("status", "body"), [(403, b""), (400, b""), (401, {"error": "invalid_client"})]
)
def test_a_refused_client_is_told_what_it_proved_itself_with(declared, check, status, body):
    with pytest.raises(AuthenticationError, match=check) as caught:
        read(body, status, endpoints=OAuth2Endpoints(token_url=URL, **declared))
    assert type(caught.value) is (ClientRefusedError if body else AuthenticationError)


def test_more_than_a_mebibyte_is_no_answer():
    with pytest.raises(RefreshError, match="1048"):
        read(json.dumps(token(pad="x" * (1 << 20))).encode())


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_busy_says_when_to_come_back_whatever_else_it_says(status):
    with pytest.raises(RefreshError) as caught:
        read({"error": "invalid_grant"}, status, Retry_After="120")
    assert caught.value.retry_at == NOW + timedelta(seconds=120)


@pytest.mark.parametrize("word", ["server_error", "temporarily_unavailable", "slow_down"])
def test_words_for_later(word):
    with pytest.raises(RefreshError, match=word):
        read({"error": word}, 400)


@pytest.mark.parametrize("status", [200, 400, 401, 403])
def test_a_grant_that_is_gone(status):
    with pytest.raises(ReauthorizationError, match="invalid_grant: Token has been revoked"):
        read({"error": "invalid_grant", "error_description": "Token has been revoked"}, status)


def test_a_vendors_own_word_for_gone():
    endpoints = OAuth2Endpoints(token_url=URL, gone_errors=["bad_refresh_token"])
    with pytest.raises(ReauthorizationError):
        read({"error": "bad_refresh_token"}, endpoints=endpoints)
    with pytest.raises(AuthenticationError) as caught:
        read({"error": "bad_refresh_token"})
    assert type(caught.value) is AuthenticationError


@pytest.mark.parametrize("word", ["invalid_client", "unauthorized_client"])
def test_a_client_that_is_refused_is_told_what_to_check(word):
    with pytest.raises(
        AuthenticationError, match="check the client id and client secret"
    ) as caught:
        read({"error": word}, 401)
    assert type(caught.value) is ClientRefusedError


@pytest.mark.parametrize("word", ["invalid_request", "invalid_scope", "unsupported_grant_type"])
def test_other_refusals_are_final(word):
    with pytest.raises(AuthenticationError, match=word) as caught:
        read({"error": word}, 400)
    assert type(caught.value) is AuthenticationError


def test_an_error_with_status_200_is_an_error_even_beside_a_token():
    with pytest.raises(AuthenticationError, match="bad_verification_code"):
        read(token(error="bad_verification_code"))


def test_an_error_that_is_an_object():
    body = {"error": {"type": "OAuthException", "message": "Bad code", "code": 100}}
    with pytest.raises(AuthenticationError, match="OAuthException: Bad code"):
        read(body, 400)


def test_messages_are_one_short_line_without_what_a_terminal_obeys():
    text = "a\x1b[31m\r\nb\u202ec" + "x" * 9000
    with pytest.raises(AuthenticationError) as caught:
        read({"error": "invalid_scope", "error_description": text}, 400)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 500


def test_no_message_quotes_a_token():
    secrets = [
        "old-access-1f7",
        "old-refresh-9c2",
        "client-secret-4d1",
        "the-new-77",
        "sent-code-5b",
    ]
    text = f"{' '.join(secrets)} {secrets[2].encode().hex()}"
    body = {"error": "invalid_request", "error_description": text, "access_token": "the-new-77"}
    with pytest.raises(AuthenticationError) as caught:
        token_response(answer(body, 400), OLD, now=NOW, hidden=[Secret("sent-code-5b")])
    assert not [s for s in [*secrets, secrets[2].encode().hex()] if s in str(caught.value)]


def test_without_now_the_clock_is_asked():
    auth = token_response(answer(token(expires_in=60)), OLD)
    assert abs(auth.issued_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert auth.expires_at.tzinfo is UTC


WORDS = st.sampled_from(
    [
        *("access_token", "refresh_token", "token_type", "expires_in"),
        *("scope", "error", "error_description", "team"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("bearer"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
BODIES = st.dictionaries(WORDS | st.text(max_size=4), VALUES).map(lambda v: json.dumps(v).encode())
KINDS = st.sampled_from([JSON, "", "text/html", "text/plain", "application/x-www-form-urlencoded"])


@given(
    BODIES | st.binary() | VALUES.map(lambda v: json.dumps(v).encode()),
    KINDS,
    st.integers(200, 599),
)
@example(b'{"error": {}, "access_token": "x"}', JSON, 200)
@example(b"a=1;b", "text/plain", 200)
def test_nothing_but_credentials_or_an_error_of_ours_comes_out(body, kind, status):
    endpoints = OAuth2Endpoints(token_url=URL, settings_from_token={"team.x": "x", "team": "team"})
    try:
        auth = read(body, status, kind, endpoints=endpoints)
    except AuthenticationError as error:
        said = str(error)
    else:
        said = ""
        _check(auth)
    assert said.isprintable()
    assert "old-refresh-9c2" not in said


def _check(auth):
    text = auth.access_token.reveal()
    assert text.isascii()
    assert text.isprintable()
    assert " " not in text
    assert auth.expires_at is None or auth.expires_at > NOW
    assert all(isinstance(value, str) for value in auth.state.values())


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, AuthenticationError), (401, AuthenticationError), (503, RefreshError)],
)
def test_a_refusal_whose_body_cannot_be_read_is_told_by_its_status(status, error):
    cut_off = DisconnectedError("api.example.com:443: it ended", Sent.MAYBE, status)
    with pytest.raises(error, match=f"answered {status} with a body that cannot be read"):
        token_response(Response(status=status, url=URL, unreadable=cut_off), OLD, now=NOW)


def test_a_token_answer_whose_body_cannot_be_read_is_no_refusal():
    cut_off = DisconnectedError("api.example.com:443: it ended", Sent.MAYBE, 200)
    with pytest.raises(DisconnectedError) as caught:
        token_response(Response(status=200, url=URL, unreadable=cut_off), OLD, now=NOW)
    assert caught.value.status == 200
