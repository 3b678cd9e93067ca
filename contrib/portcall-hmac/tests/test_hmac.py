"""Published examples, and what a receiver sees."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

import portcall_hmac
from portcall import HookError, Host, Request, RequestError, RequestOptions, Secret, field, hookimpl
from portcall_hmac import Canonical, sign

README = (Path(__file__).parents[1] / "README.md").read_text()
EXAMPLE, IN_USE = (part.split("```")[0] for part in README.split("```python\n")[1:])
NAMES = {}
exec(EXAMPLE + IN_USE, NAMES)


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def connection_to(url, canonical):
    plugin = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "hmac"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
        canonical_request=hookimpl(lambda: canonical),
    )
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    return host.destination("acme").connect({"endpoint": url})


def finished(url, **given):
    """Let the core parse and allow the URL, as it does for every request."""
    origin, _, rest = url.partition("://")
    base = f"{origin}://{rest.partition('/')[0]}"
    request = Request(**{"method": "GET", "url": url, **given})
    return connection_to(base, None).preview(request)


def shown(options, name):
    found = options.headers.get(name.lower()) or options.query[name]
    return found.reveal()


def test_standard_webhooks_example():
    """The example of the specification's libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    request = finished(
        "https://example.com/hook",
        method="POST",
        body=b'{"test": 2432232314}',
        headers={"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek"},
    )
    canonical = attrs.evolve(NAMES["STANDARD_WEBHOOKS"], key=key)
    signed = sign(request, canonical, now=datetime.fromtimestamp(1614265330, UTC))
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert shown(signed, "webhook-signature") == expected
    assert shown(signed, "webhook-timestamp") == "1614265330"


RECOMBEE_TOKEN = "gahpiev6eighaig1aek4ujietheiXeengae3Ohqu9iecutheof5rooxeigheel8G"
RECOMBEE_PATH = (
    "/recombee/items/9346/recomms/?count=5&targetUserId=fb2fbe12-9f69-45a1-9fc0-df0c1592e4c7"
)


def test_recombee_example():
    """https://docs.recombee.com/authentication, "Hash examples"."""
    canonical = attrs.evolve(NAMES["RECOMBEE"], key=Secret(RECOMBEE_TOKEN))
    request = finished(f"https://rapi.recombee.com{RECOMBEE_PATH}")
    signed = sign(request, canonical, now=datetime.fromtimestamp(1398463889, UTC))
    assert list(signed.query) == ["hmac_timestamp", "hmac_sign"]
    assert shown(signed, "hmac_timestamp") == "1398463889"
    assert shown(signed, "hmac_sign") == "090eafba456488622a6d6f0dc37d3a1508536338"


WSSE_NONCE = "d36e316282959a9ed4c89851497a717f"
WSSE_NOW = datetime(2003, 12, 15, 14, 43, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("encoding", "digest"),
    [
        ("base64", "quR/EWLAV4xLf9Zqyw4pDmfV9OY="),
        ("base64-of-hex", base64.b64encode(b"aae47f1162c0578c4b7fd66acb0e290e67d5f4e6").decode()),
    ],
)
def test_wsse_example(encoding, digest):
    """The example of WSSE's own text (Atom Authentication, 2003); Emarsys writes the hash in hex first."""
    canonical = attrs.evolve(
        NAMES["EMARSYS_WSSE"],
        key=Secret("taadtaadpstcsm"),
        encoding=encoding,
        values={"username": "bob"},
    )
    signed = sign(finished("https://example.com/"), canonical, now=WSSE_NOW, nonce=WSSE_NONCE)
    assert shown(signed, "X-WSSE") == (
        f'UsernameToken Username="bob", PasswordDigest="{digest}", '
        f'Nonce="{WSSE_NONCE}", Created="2003-12-15T14:43:07Z"'
    )


def test_recombee_url_arrives_as_it_was_signed(peer):
    """Recombee, HMAC authentication: the URL on the wire is the one that was signed."""
    peer.route("GET", "/db/items/é".replace("é", "%C3%A9"))
    canonical = attrs.evolve(NAMES["RECOMBEE"], key=Secret(RECOMBEE_TOKEN))
    connection_to(peer.url, canonical).client.get("/db/items/é", query={"q": "a b", "n": [1, 2]})
    signed, _, proof = peer.requests[0].target.partition("&hmac_sign=")
    assert signed.startswith("/db/items/%C3%A9?q=a%20b&n=1&n=2&hmac_timestamp=")
    assert proof == hmac.new(RECOMBEE_TOKEN.encode(), signed.encode(), "sha1").hexdigest()


def test_every_attempt_has_a_nonce_of_its_own(peer):
    """WSSE UsernameToken: every attempt has a nonce of its own."""
    peer.route("GET", "/")
    connection = connection_to(peer.url, NAMES["EMARSYS_WSSE"])
    for _ in range(2):
        connection.client.get("/")
    first, second = (request.headers["x-wsse"] for request in peer.requests)
    assert first.split('Nonce="')[1] != second.split('Nonce="')[1]


NOW = datetime(2026, 11, 23, 12, 0, 0, 500_000, tzinfo=UTC)
PARTS = [
    ("{method} {path} {query}", "POST /a/b z=1&a=%C3%A9"),
    ("{target}|{sorted_query}", "/a/b?z=1&a=%C3%A9|a=%C3%A9&z=1"),
    ("{url} {host} {header.Host}", "https://example.com/a/b?z=1&a=%C3%A9 example.com example.com"),
    ("{header.X-Thing}/{header.x-secret}", "spaced/hidden"),
    ("{digest}", hashlib.sha256(b"body").hexdigest()),
    ("{{{body}}}\n", "{body}\n"),
    ("{nonce}:{user}:{key}", "abc:ada:k"),
    ("", ""),
]


@pytest.mark.parametrize(("template", "expected"), PARTS)
def test_templates_name_parts_of_the_request(template, expected):
    """RFC 2104 §2: the canonical string is made of method, path, query, headers, body and digest."""
    request = finished(
        "https://example.com/a/b?z=1&a=%C3%A9",
        method="POST",
        body=b"body",
        headers={"X-Thing": " spaced ", "X-Secret": Secret("hidden")},
    )
    canonical = Canonical(
        text=template, key=Secret("k"), headers={"S": "{signature}"}, values={"user": "ada"}
    )
    signed = sign(request, canonical, now=NOW, nonce="abc")
    assert shown(signed, "S") == hmac.new(b"k", expected.encode(), "sha256").hexdigest()


FORMS = [
    ("unix", "1795435200"),
    ("unix-ms", "1795435200500"),
    ("iso", "2026-11-23T12:00:00Z"),
    ("http", "Mon, 23 Nov 2026 12:00:00 GMT"),
]


@pytest.mark.parametrize(("form", "expected"), FORMS)
def test_timestamps_have_four_forms(form, expected):
    """RFC 3339 §5.6, RFC 9110 §5.6.7: four forms of a timestamp."""
    canonical = Canonical(text="", key=b"k", timestamp=form, headers={"T": "{timestamp}"})
    assert shown(sign(finished("https://example.com/"), canonical, now=NOW), "T") == expected


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha384", "sha512"])
def test_algorithms_and_encodings(algorithm):
    """RFC 2104 §2, RFC 4648 §4, §8: algorithms and encodings, against the standard library."""
    raw = hmac.new(b"k\xff", b"GET", algorithm).digest()
    expected = {
        "hex": raw.hex(),
        "base64": base64.b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "base64-of-hex": base64.b64encode(raw.hex().encode()).decode(),
    }
    for encoding, proof in expected.items():
        canonical = Canonical(
            text="{method}",
            key=b"k\xff",
            algorithm=algorithm,
            encoding=encoding,
            headers={"S": "{signature}"},
        )
        assert shown(sign(finished("https://example.com/"), canonical, now=NOW), "S") == proof


def test_a_binary_body_is_signed_as_it_is():
    """RFC 2104 §2: a body that is no text is signed byte for byte."""
    body = bytes(range(256))
    request = finished("https://example.com/", method="PUT", body=body)
    canonical = Canonical(text="{body}", key=b"k", headers={"S": "{signature}"})
    assert (
        shown(sign(request, canonical, now=NOW), "S") == hmac.new(b"k", body, "sha256").hexdigest()
    )


@pytest.mark.parametrize("template", ["{signature}", "{Body}", "{}", "{0}", "{header.}"])
def test_a_template_that_names_nothing_is_the_destinations_fault(template):
    canonical = Canonical(text=template, key=b"k")
    with pytest.raises((HookError, RequestError)):
        sign(finished("https://example.com/"), canonical, now=NOW)


def test_a_query_template_cannot_name_the_query():
    canonical = Canonical(text="", key=b"k", query={"q": "{target}"})
    with pytest.raises(HookError, match="there is no {target} here"):
        sign(finished("https://example.com/"), canonical, now=NOW)


def test_a_signed_header_that_is_missing_is_said(peer):
    with pytest.raises(RequestError, match="header 'webhook-id' is signed"):
        connection_to(peer.url, NAMES["STANDARD_WEBHOOKS"]).client.post("/", body=b"{}")
    assert peer.requests == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithm": "crc32"},
        {"encoding": "rot13"},
        {"timestamp": "epoch"},
        {"digest_algorithm": "x"},
        {"digest_encoding": "x"},
        {"nonce_bytes": 1},
    ],
)
def test_what_cannot_be_done_is_refused_at_once(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Canonical(text="", key=b"k", **wrong)


def test_requests_may_go_unsigned(peer):
    peer.route("GET", "/")
    connection_to(peer.url, None).client.get("/")
    assert len(peer.requests) == 1


def test_an_answer_that_is_no_canonical_string_is_the_destinations_fault(peer):
    with pytest.raises(HookError, match="canonical_request answered with str"):
        connection_to(peer.url, "{body}").client.get("/")


def test_a_request_without_a_parsed_url_is_not_signed():
    with pytest.raises(RequestError, match="target"):
        sign(
            Request(method="GET", url="https://example.com/"), Canonical(text="", key=b"k"), now=NOW
        )


def test_secrets_show_nowhere():
    canonical = Canonical(text="", key=Secret("hunter2"), values={"p": Secret("hunter3")})
    plain = Canonical(text="", key=b"hunter2", values={"p": "hunter3"})
    assert "hunter" not in repr(canonical) + str(plain)


def test_example_of_the_readme_is_true(peer, monkeypatch):
    monkeypatch.setattr(portcall_hmac, "now", lambda: NOW)
    hooks = {n: v for n, v in NAMES.items() if hasattr(v, "portcall_impl")}
    plugin = SimpleNamespace(**hooks)
    peer.route("POST", "/track")
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    settings = {"endpoint": peer.url, "signing_key": "k-123"}
    host.destination("acme").connect(settings).client.post("/track", json={"a": 1})
    [request] = peer.requests
    stamp = request.headers["x-timestamp"]
    proof = hmac.new(b"k-123", f'{stamp}.POST./track.{{"a":1}}'.encode(), "sha256").hexdigest()
    assert (stamp, request.headers["x-signature"]) == ("1795435200", f"sha256={proof}")
