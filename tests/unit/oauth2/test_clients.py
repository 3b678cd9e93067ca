"""Who sends a token request, in every way there is to say it."""

import hmac
import json
from base64 import b64decode, urlsafe_b64decode
from datetime import UTC, datetime
from urllib.parse import unquote_plus

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from hypothesis import given, strategies as st

from portcall import Auth, Secret, SettingsError, reveal
from portcall.schemes.oauth2.clients import prove_client, registered
from portcall.schemes.oauth2.endpoints import Assertion, OAuth2Endpoints
from portcall.schemes.oauth2.requests import jwt_bearer_request
from portcall.schemes.oauth2.signing import sign_with_key, sign_with_secret

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
URL = "https://api.example.com/token"


def prove(way, client_id="id", secret="secret", **more):
    endpoints = OAuth2Endpoints(token_url=URL, client_authentication=way, **more)
    return prove_client(endpoints, Auth(client_id=client_id, client_secret=secret), now=NOW)


def pair(proof):
    return b64decode(reveal(proof.headers["authorization"]).removeprefix("Basic ")).decode()


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def parts(token):
    head, claims, signature = reveal(token).split(".")
    decode = [urlsafe_b64decode(part + "==") for part in (head, claims, signature)]
    return json.loads(decode[0]), json.loads(decode[1]), decode[2], f"{head}.{claims}".encode()


RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def test_basic_form_encodes_both_halves_first():
    # RFC 6749 appendix B, and the pair that other clients were found to get wrong.
    assert pair(prove("client_secret_basic", " %&+£€", "x")) == "+%25%26%2B%C2%A3%E2%82%AC:x"
    proof = prove(
        "client_secret_basic",
        "1PpG/Q 1",
        "z/tZ9VwFZqApmIQ+ZH1I5pLk/uB4ud:X2/8bL+wfFTt1rFw=",
    )
    assert reveal(proof.headers["authorization"]) == (
        "Basic MVBwRyUyRlErMTp6JTJGdFo5VndGWnFBcG1JUSUyQlpIMUk1cExrJTJGdUI0dWQlM0FYMiUyRjhiTCUyQndm"
        "RlR0MXJGdyUzRA=="
    )
    assert proof.fields == {}


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text("a:%+ &=~é", min_size=1)
)
def test_basic_comes_through_whatever_the_characters(client_id, secret):
    user, colon, word = pair(prove("client_secret_basic", client_id, secret)).partition(":")
    assert (unquote_plus(user), colon, unquote_plus(word)) == (client_id, ":", secret)


def test_basic_raw_sends_them_as_they_are():
    assert pair(prove("basic_raw", "i d", "p:+%~")) == "i d:p:+%~"
    with pytest.raises(SettingsError, match="colon"):
        prove("basic_raw", "i:d")


def test_post_puts_them_into_the_body():
    proof = prove("client_secret_post")
    assert proof.fields == {"client_id": "id", "client_secret": Secret("secret")}
    assert proof.headers == {}


def test_a_public_client_only_says_its_name():
    proof = prove("none", secret=None)
    assert (proof.fields, proof.headers) == ({"client_id": "id"}, {})


@pytest.mark.parametrize("way", ["client_secret_basic", "basic_raw", "private_key_jwt", "none"])
def test_a_missing_client_id_is_named(way):
    with pytest.raises(SettingsError) as caught:
        prove(way, client_id=None)
    assert caught.value.problems[0].path == "client_id"


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post", "client_secret_jwt"])
def test_a_missing_client_secret_is_named(way):
    with pytest.raises(SettingsError) as caught:
        prove(way, secret=None)
    assert caught.value.problems[0].path == "client_secret"


def test_the_customers_own_client_goes_before_the_hosts():
    host = Auth(client_id="host", client_secret="h")
    own = OAuth2Endpoints(token_url=URL, client_id="mine", client_secret="m")
    assert registered(own, host) == Auth(client_id="mine", client_secret="m")
    assert registered(OAuth2Endpoints(token_url=URL), host) is host


def test_client_secret_jwt_is_signed_with_hs256():
    proof = prove("client_secret_jwt", issuer="https://as.example")
    assert proof.fields["client_id"] == "id"
    assert proof.fields["client_assertion_type"].endswith("client-assertion-type:jwt-bearer")
    header, claims, signature, data = parts(proof.fields["client_assertion"])
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert signature == hmac.digest(b"secret", data, "sha256")
    issued = int(NOW.timestamp())
    assert len(claims.pop("jti")) > 15
    assert claims == {
        "iss": "id",
        "sub": "id",
        "aud": "https://as.example",
        "iat": issued,
        "exp": issued + 60,
    }


def test_no_two_assertions_are_the_same():
    assert prove("client_secret_jwt") != prove("client_secret_jwt")


def test_private_key_jwt_with_rsa_is_rs256():
    proof = prove(
        "private_key_jwt", secret=pem(RSA_KEY), key_id="k1", audience="https://aud.example"
    )
    header, claims, signature, data = parts(proof.fields["client_assertion"])
    assert header == {"alg": "RS256", "kid": "k1", "typ": "JWT"}
    assert claims["aud"] == "https://aud.example"
    RSA_KEY.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())


def test_private_key_jwt_with_p256_is_es256():
    header, _, signature, data = parts(
        prove("private_key_jwt", secret=pem(EC_KEY)).fields["client_assertion"]
    )
    assert header == {"alg": "ES256", "typ": "JWT"}
    assert len(signature) == 64
    numbers = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
    der = utils.encode_dss_signature(*numbers)
    EC_KEY.public_key().verify(der, data, ec.ECDSA(hashes.SHA256()))


def test_a_key_on_one_line_is_read():
    one_line = pem(RSA_KEY).replace("\n", "\\n")
    assert parts(sign_with_key({}, Secret(one_line), None))[0]["alg"] == "RS256"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "no key",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        RSA_KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"pw"),
        ).decode(),
    ],
)
def test_a_key_that_cannot_be_read_says_what_is_expected(key):
    with pytest.raises(SettingsError, match="PEM text of an unencrypted key") as caught:
        sign_with_key({}, Secret(key), None)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "key", [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP384R1())]
)
def test_a_key_of_another_kind_says_which_ones_do(key):
    with pytest.raises(SettingsError, match=r"RSA .* or EC"):
        sign_with_key({}, Secret(pem(key)), None)


def test_a_missing_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(
        __import__("sys").modules, "cryptography.hazmat.primitives.asymmetric", None
    )
    with pytest.raises(SettingsError, match="pip install cryptography"):
        sign_with_key({}, Secret(pem(RSA_KEY)), None)


def test_a_token_is_in_compact_form_without_padding():
    token = reveal(sign_with_secret({"a": 1}, Secret("k")))
    assert token.startswith("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhIjoxfQ.")
    assert "=" not in token


def test_a_service_account_asserts_what_it_was_given():
    given_claims = Assertion(
        private_key=pem(RSA_KEY),
        issuer="robot@example.com",
        subject="ada@example.com",
        audience="https://aud.example",
        lifetime_s=300,
        claims={"scope": "a b"},
    )
    endpoints = OAuth2Endpoints(token_url=URL, grant="jwt_bearer", assertion=given_claims)
    request = jwt_bearer_request(endpoints, Auth(), now=NOW)
    claims = parts(request.fields["assertion"])[1]
    assert (claims["iss"], claims["sub"], claims["scope"]) == (
        "robot@example.com",
        "ada@example.com",
        "a b",
    )
    assert claims["exp"] - claims["iat"] == 300
    assert request.fields["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert "client_id" not in request.fields


def test_an_assertion_with_an_empty_subject_makes_no_claim_of_one():
    asserted = Assertion(private_key=pem(EC_KEY), issuer="robot@example.com", subject="")
    endpoints = OAuth2Endpoints(token_url=URL, grant="jwt_bearer", assertion=asserted)
    request = jwt_bearer_request(endpoints, Auth(), now=NOW)
    claims = parts(request.fields["assertion"])[1]
    assert "sub" not in claims
    assert claims["iss"] == "robot@example.com"


def test_the_issuer_of_an_assertion_is_the_client_where_none_is_given():
    endpoints = OAuth2Endpoints(
        token_url=URL, grant="jwt_bearer", assertion=Assertion(private_key=pem(EC_KEY))
    )
    request = jwt_bearer_request(endpoints, Auth(client_id="app"), now=NOW)
    claims = parts(request.fields["assertion"])[1]
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("app", "app", URL)
