"""On the wire, against a provider that verifies after the RFC."""

import gc
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from portcall import Auth, AuthenticationError, HookError, Request, SettingsError, hookimpl

METHODS = [
    "HMAC-SHA1",
    "HMAC-SHA256",
    "HMAC-SHA512",
    "RSA-SHA1",
    "RSA-SHA256",
    "RSA-SHA512",
    "PLAINTEXT",
]
FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("method", METHODS)
def test_a_provider_accepts_every_signature_method_for_every_kind_of_request(
    provide, connect, method
):
    """§3.4: HMAC, RSA and PLAINTEXT, with SHA-1, SHA-256 and SHA-512."""
    provider = provide()
    client = connect(signature_method=method).client
    client.get("/api", query={"b": ["2", "1"], "a": " x", "c": "", "d+é&=": "~ü%"})
    client.get("/api?b5=%3D%253D&a3=a&c%40=&a2=r%20b&plus=1+2&bare")
    client.post("/api", form={"a": "1 2", "b+c": "é&=", "a ": ""})
    client.post("/api", json={"event": "Order Completed"})
    client.post("/api", body=bytes(range(256)), headers={"Content-Type": "image/png"})
    client.put("/api")
    assert provider.seen == ["good"] * 6


@pytest.mark.parametrize("kind", [f"{FORM};charset=UTF-8", f"{FORM.upper()} ; x=y", FORM])
def test_a_form_with_a_charset_is_signed_as_a_form(provide, connect, kind):
    """§3.4.1.3.1: parameters of a form body count, whatever follows the media type."""
    provider = provide()
    connect().client.post("/api", body="c2&a3=2+q&x=%C3%A9", headers={"Content-Type": kind})
    assert provider.seen == ["good"]
    assert "oauth_body_hash" not in provider.params[0]


def test_a_form_that_is_not_utf_8_is_signed_as_its_bytes_are(provide, connect):
    """§3.6: bytes that are not UTF-8 are signed as they are."""
    provider = provide(charset="latin-1")
    headers = {"Content-Type": f"{FORM}; charset=ISO-8859-1"}
    connect().client.post("/api", body=b"name=J%E4son", headers=headers)
    assert provider.seen == ["good"]


@pytest.mark.parametrize("path", ["/api/a%20b/~x/%C3%A9", "/api//x;y=1", "/api/%7Etilde"])
def test_a_path_is_signed_as_it_goes_on_the_wire(peer, provide, connect, path):
    """§3.4.1.2: the path is signed as it goes on the wire."""
    provider = provide(path=path)
    connect().client.get(path)
    assert provider.seen == ["good"]


@pytest.mark.parametrize(("method", "size"), [("HMAC-SHA1", 28), ("HMAC-SHA256", 44)])
def test_a_body_that_is_no_form_is_signed_unless_a_setting_says_otherwise(
    provide, connect, method, size
):
    """OAuth Request Body Hash §3.2: bodies that are not forms are signed too, by a setting."""
    provider = provide()
    connect(signature_method=method).client.post("/api", json={})
    assert len(provider.params[0]["oauth_body_hash"]) == size
    connect(signature_method=method, body_hash=False).client.post("/api", json={})
    connect(signature_method=method).client.get("/api")
    assert ["oauth_body_hash" in each for each in provider.params] == [True, False, False]


def test_a_consumer_without_a_token_signs_alone(provide, connect):
    """§3.1: without a token the consumer signs alone (one-legged)."""
    provider = provide()
    connect(auth=None).client.get("/api")
    assert provider.seen == ["good"]
    assert "oauth_token" not in provider.params[0]


def test_a_token_in_the_settings_signs_until_one_is_authorized(provide, connect):
    """§3.1: a token in the settings needs no flow (two-legged); an authorized one goes before it."""
    provider = provide()
    provider.tokens["by-hand"] = "s3cret"
    settings = {"token": "by-hand", "token_secret": "s3cret"}
    connect(auth=None, **settings).client.get("/api")
    connect(**settings).client.get("/api")
    assert [each["oauth_token"] for each in provider.params] == ["by-hand", "nnch734d00sl2jdk"]
    assert provider.seen == ["good", "good"]


def test_the_realm_is_sent_and_not_signed(provide, connect):
    """§3.5.1: the realm is sent and not signed."""
    provider = provide(realm="1234567_SB1")
    connect(realm="1234567_SB1").client.get("/api")
    assert provider.seen == ["good"]


def test_no_nonce_is_used_twice_by_sixteen_threads(provide, connect):
    """§3.3: no nonce is used twice with one timestamp."""
    provider = provide()
    client = connect().client
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: client.post("/api", json={"n": n}), range(160)))
    assert provider.seen == ["good"] * 160


@pytest.mark.parametrize("off_s", [-86_400, 3600])
def test_the_clock_of_the_server_is_learned_once(provide, connect, off_s):
    """§3.3: after a timestamp refusal the server's Date counts, with a fresh nonce, once."""
    provider = provide(clock=lambda: time.time() + off_s)
    client = connect().client
    for _ in range(3):
        client.get("/api")
    assert provider.seen == ["timestamp", "good", "good", "good"]
    provider.clock = lambda: time.time() - 2 * off_s
    with pytest.raises(AuthenticationError):
        client.get("/api")
    assert provider.seen[4:] == ["timestamp"]


def test_a_thread_is_refused_once_at_most_while_the_clock_is_learned(provide, connect):
    provider = provide(clock=lambda: time.time() + 3600)
    client = connect().client
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.get("/api"), range(160)))
    assert provider.seen.count("good") == 160
    assert provider.seen.count("timestamp") <= 16


@pytest.mark.parametrize(("off_s", "said", "times"), [(10, True, 2), (10, False, 1), (1, True, 1)])
def test_a_small_offset_counts_where_the_refusal_speaks_of_the_timestamp(
    provide, connect, off_s, said, times, monkeypatch
):
    """§3.3: a refusal that names the timestamp needs less of a difference."""
    problem = {"WWW-Authenticate": "OAuth oauth_problem=timestamp_refused"} if said else {}
    frozen = time.time()
    monkeypatch.setattr("portcall_oauth1.clocks.time", lambda: frozen)
    provider = provide(clock=lambda: frozen + off_s, refusal=problem)
    provider.tokens.clear()
    with pytest.raises(AuthenticationError):
        connect().client.get("/api")
    assert len(provider.seen) == times


def test_a_refusal_for_another_reason_is_final(provide, connect):
    """§3.2: a wrong secret is not tried again."""
    provider = provide()
    with pytest.raises(AuthenticationError, match="401"):
        connect(consumer_secret="wrong").client.get("/api")
    assert provider.seen == ["wrong"]


def test_a_refusal_without_a_date_teaches_no_clock_and_is_final(provide, connect):
    provider = provide(clock=lambda: time.time() + 3600, refusal={"Date": "yesterday"})
    with pytest.raises(AuthenticationError):
        connect().client.get("/api")
    assert provider.seen == ["timestamp"]


@pytest.mark.parametrize("pem", ["-----BEGIN PRIVATE KEY-----", "é", None])
def test_a_private_key_that_cannot_be_read_is_named_and_not_shown(provide, connect, pem):
    provide()
    with pytest.raises(SettingsError, match="Private key") as caught:
        connect(signature_method="RSA-SHA256", private_key=pem).client.get("/api")
    assert "BEGIN" not in str(caught.value)


def test_a_private_key_is_forgotten_with_its_connection(provide, connect):
    provide()
    connection = connect(signature_method="RSA-SHA256")
    connection.client.get("/api")
    held = weakref.ref(connection.settings.private_key)
    del connection
    gc.collect()
    assert held() is None


def test_an_unknown_signature_method_is_a_settings_error(connect):
    with pytest.raises(SettingsError, match="Signature method"):
        connect(signature_method="HMAC-MD5")


@pytest.mark.parametrize("method", ["HMAC-SHA1", "PLAINTEXT"])
def test_a_preview_shows_no_signature(provide, connect, method):
    request = connect(signature_method=method).preview(Request(method="GET", url="/api"))
    assert str(request.headers["authorization"]) == "***"


def test_the_three_legs_end_in_a_token_that_requests_are_signed_with(provide, connect, peer):
    """§2: temporary credentials, consent, verifier, token; then requests signed with it."""
    provider = provide()
    connection = connect(auth=None)
    started = connection.begin_authorization("https://host.example/back?x=1")
    assert provider.callbacks == ["https://host.example/back?x=1"]
    page = f"{peer.url}/authorize?oauth_token=temporary-1&scope=read%2Cwrite"
    assert started.url == page
    assert "hdhd" not in repr(started)
    assert peer.received("/initiate")[0].form == {"x_access": ["write é"]}
    back = "https://host.example/back?x=1&oauth_token=temporary-1&oauth_verifier=hfdp7dh39dks9884"
    auth = connection.finish_authorization(started.pending, back)
    assert auth == Auth(
        access_token="granted",
        token_secret="granted-secret",
        token_type="oauth1",
        state={"user": "ada"},
    )
    connection.client.get("/api")
    assert provider.seen == ["good"]
    assert provider.params[-1]["oauth_token"] == "granted"


@pytest.mark.parametrize("method", METHODS)
def test_a_person_may_copy_the_verifier_where_there_is_no_redirect_url(provide, connect, method):
    """§2.1: without a redirect URL (``oob``) the person copies the verifier."""
    provider = provide()
    connection = connect(auth=None, signature_method=method)
    started = connection.begin_authorization("")
    assert provider.callbacks == ["oob"]
    connection.finish_authorization(started.pending, " hfdp7dh39dks9884\n")
    connection.client.get("/api")
    assert provider.seen == ["good"]


def test_the_flow_goes_by_the_clock_of_the_server(provide, connect):
    """§3.3: requests for tokens go by the destination's clock too."""
    provide(clock=lambda: time.time() - 7200)
    connection = connect(auth=None)
    started = connection.begin_authorization("oob")
    connection.finish_authorization(started.pending, "hfdp7dh39dks9884")
    connection.client.get("/api")


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ("https://h.example/b?denied=temporary-1", "declined"),
        ("https://h.example/b?oauth_token=temporary-1", "declined"),
        ("https://h.example/b?oauth_token=other&oauth_verifier=hfdp7dh39dks9884", "not belong"),
        ("https://h.example/b", "not belong"),
        ("", "not belong"),
        ("https://h.example/b?oauth_token=temporary-1&oauth_verifier=guess", "verifier_invalid"),
        ("guess", "verifier_invalid"),
        ("https://h.example/b?" + "&".join("x=1" for _ in range(100)), "not belong"),
    ],
)
def test_an_answer_that_is_no_consent_to_this_request_is_refused(provide, connect, back, said):
    """§2.2: the token in the answer has to be the one that was asked with."""
    provide()
    connection = connect(auth=None)
    started = connection.begin_authorization("https://h.example/b")
    with pytest.raises(AuthenticationError, match=said):
        connection.finish_authorization(started.pending, back)


@pytest.mark.parametrize("confirmed", ["", "false"])
def test_a_callback_that_is_not_confirmed_ends_the_flow(provide, connect, confirmed):
    """§2.1: ``oauth_callback_confirmed`` has to be true."""
    provide(confirmed=confirmed)
    with pytest.raises(AuthenticationError, match=r"1\.0a"):
        connect(auth=None).begin_authorization("oob")


def test_a_refused_consumer_is_an_authentication_error(provide, connect):
    provide()
    with pytest.raises(AuthenticationError, match="401"):
        connect(auth=None, consumer_secret="wrong").begin_authorization("oob")


def test_a_destination_without_endpoints_needs_no_authorization(provide, connect):
    del connect.acme.oauth1_endpoints
    with pytest.raises(SettingsError, match="no authorization"):
        connect().begin_authorization("oob")


@pytest.mark.parametrize("answer", [{}, {"initiate": "x"}, 7])
def test_endpoints_that_lack_a_url_are_a_hook_error(connect, answer):
    connect.acme.oauth1_endpoints = hookimpl(lambda: answer)
    with pytest.raises(HookError, match="initiate, authorize and token"):
        connect().begin_authorization("oob")


def test_endpoints_may_be_a_mapping(provide, connect, peer):
    provide()
    names = {name: f"{peer.url}/{name}" for name in ("initiate", "authorize", "token")}
    connect.acme.oauth1_endpoints = hookimpl(lambda: names)
    started = connect(auth=None).begin_authorization("oob")
    assert started.url == f"{peer.url}/authorize?oauth_token=temporary-1"
