"""The scheme as a destination and as AWS see it."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

import portcall_sigv4
from portcall import (
    AuthenticationError,
    HookError,
    Host,
    Request,
    RequestError,
    RequestOptions,
    Secret,
    ThrottledError,
    field,
    hookimpl,
)
from portcall.testing import Reply
from portcall_sigv4 import Credentials, SigningScope, sign

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


@attrs.frozen
class Settings:
    endpoint: str = field(label="Endpoint", format="uri")


def destination(**hooks):
    plugin = SimpleNamespace(
        auth_scheme=hookimpl(lambda: "sigv4"),
        auth_fields=hookimpl(lambda: Settings),
        allowed_hosts=hookimpl(lambda: ["{endpoint}"]),
        extend_request=hookimpl(lambda settings: RequestOptions(base_url=settings.endpoint)),
    )
    vars(plugin).update({name: hookimpl(hook) for name, hook in hooks.items()})
    return plugin


def events(settings):
    return SigningScope(service="events", region=settings.region)


@pytest.fixture
def connect(peer, monkeypatch):
    monkeypatch.setattr(portcall_sigv4, "now", lambda: NOW)

    def connect(signing_scope=events, **settings):
        hooks = {} if signing_scope is None else {"signing_scope": signing_scope}
        host = Host(allow_private=["127.0.0.1"], plugins={"acme": destination(**hooks)})
        given = {
            "endpoint": peer.url,
            "access_key_id": KEY,
            "secret_access_key": SECRET,
            "region": "us-east-1",
        }
        return host.destination("acme").connect({**given, **settings})

    return connect


def expected(received, service="events", token=None):
    """Sign what arrived with botocore, at the time it says it was signed."""
    url = f"http://{received.headers['host']}{received.target}"
    kept = {n: v for n, v in received.headers.items() if n not in {"authorization", "host"}}
    signed = received.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    kept = {n: v for n, v in kept.items() if n in signed.split(";")}
    request = AWSRequest(received.method, url, headers=kept, data=received.body)
    request.context["timestamp"] = received.headers["x-amz-date"]
    auth = SigV4Auth(BotoCredentials(KEY, SECRET, token), service, "us-east-1")
    canonical = auth.canonical_request(request)
    return auth.signature(auth.string_to_sign(request, canonical), request)


def proof(received):
    return received.headers["authorization"].partition("Signature=")[2]


REQUESTS = [
    {"url": "/", "method": "POST", "json": {"Entries": [{"Detail": "{}"}]}},
    {"url": "/a%20b/caf%C3%A9", "method": "PUT", "body": b"\x00\xff"},
    {"url": "/x", "query": {"b": "2", "a": ["z", "y"], "sp ace": "1+1=2&é"}},
    {"url": "/x", "headers": {"X-Amz-Target": "A.B", "X-Spaces": "  a   b  ", "User-Agent": "z"}},
    {"url": "/(a)!*'$;:@,=&+"},
]


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzEXAMPLE//token=="])
def test_botocore_would_have_signed_what_arrived_alike(connect, peer, request_, token):
    """AWS SigV4, create a signed request: what arrives on a socket has the signature that botocore makes."""
    peer.route(request_.get("method", "GET"), request_["url"])
    connection = connect(session_token=token)
    connection.client(**request_)
    [received] = peer.requests
    assert received.headers["x-amz-date"] == "20261123T120000Z"
    assert received.headers.get("x-amz-security-token") == token
    assert proof(received) == expected(received, token=token)


def test_every_attempt_has_a_date_of_its_own(connect, peer, monkeypatch):
    """AWS SigV4, X-Amz-Date: every attempt is signed anew, with its own date."""
    peer.route("GET", "/")
    connection = connect()
    connection.client.get("/")
    monkeypatch.setattr(portcall_sigv4, "now", lambda: NOW.replace(minute=7))
    connection.client.get("/")
    first, second = peer.requests
    assert second.headers["x-amz-date"] == "20261123T120700Z"
    assert proof(second) == expected(second) != proof(first)


# https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
S3_EXAMPLES = [
    (
        {"url": "/test.txt", "headers": {"Range": "bytes=0-9"}},
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    ),
    (
        {
            "url": "/test%24file.text",
            "method": "PUT",
            "body": b"Welcome to Amazon S3.",
            "headers": {
                "Date": "Fri, 24 May 2013 00:00:00 GMT",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
        },
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    ),
    (
        {"url": "/?lifecycle"},
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    ),
    (
        {"url": "/?max-keys=2&prefix=J"},
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    ),
]


def s3_request(url, method="GET", body=None, headers=None):
    """Let the core parse and allow the URL, as it does for every request."""
    host = Host(plugins={"s3": destination(signing_scope=lambda: S3)})
    settings = {
        "endpoint": "https://examplebucket.s3.amazonaws.com",
        "access_key_id": KEY,
        "secret_access_key": SECRET,
        "region": "us-east-1",
    }
    connection = host.destination("s3").connect(settings)
    request = Request(method=method, url=url, body=body, headers=headers or {})
    finished = connection.preview(request)
    return Request(
        method=method, url=finished.url, body=body, headers=headers or {}, target=finished.target
    )


S3 = SigningScope(service="s3", region="us-east-1")
S3_NOW = datetime(2013, 5, 24, tzinfo=UTC)


@pytest.mark.parametrize(("request_", "signature"), S3_EXAMPLES)
def test_s3_examples_of_the_documentation(request_, signature):
    """Amazon S3, signature calculations: the four signed examples."""
    signed = sign(s3_request(**request_), Credentials(KEY, Secret(SECRET)), S3, now=S3_NOW)
    assert signed.headers["authorization"].reveal().endswith(f"Signature={signature}")


def test_s3_takes_paths_as_they_are():
    """Amazon S3, canonical URI: paths are encoded once, elsewhere twice."""
    request = s3_request("/my-object//example/a%20b/%C3%A9!")
    scope = SigningScope(service="s3", region="us-east-1", payload="unsigned")
    signed = sign(request, Credentials(KEY, Secret(SECRET)), scope, now=S3_NOW)
    assert signed.headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD"
    from botocore.auth import S3SigV4Auth

    url = "https://examplebucket.s3.amazonaws.com/my-object//example/a%20b/%C3%A9%21"
    theirs = AWSRequest("GET", url, headers={"X-Amz-Date": "20130524T000000Z"})
    theirs.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    theirs.context["timestamp"] = "20130524T000000Z"
    auth = S3SigV4Auth(BotoCredentials(KEY, SECRET), "s3", "us-east-1")
    proof = auth.signature(auth.string_to_sign(theirs, auth.canonical_request(theirs)), theirs)
    assert signed.headers["authorization"].reveal().endswith(proof)


def test_a_payload_is_signed_wherever_there_is_no_tls(connect, peer):
    """Amazon S3, x-amz-content-sha256: unsigned payloads over TLS only."""
    peer.route("PUT", "/k")
    scope = SigningScope(service="s3", region="us-east-1", payload="unsigned")
    connect(lambda: scope).client.put("/k", body=b"{}")
    assert peer.requests[0].headers["x-amz-content-sha256"].startswith("44136fa355b3678a1146ad16")


def test_a_token_may_be_added_after_the_signature(connect, peer):
    """AWS SigV4, X-Amz-Security-Token: signed, or added afterwards for services that want it."""
    peer.route("GET", "/")
    scope = SigningScope(service="events", region="us-east-1", signs_token=False)
    connect(lambda: scope, session_token="t0ken").client.get("/")
    [received] = peer.requests
    assert received.headers["x-amz-security-token"] == "t0ken"
    assert "x-amz-security-token" not in received.headers["authorization"]


def test_settings_may_name_the_service(peer):
    @attrs.frozen
    class WithService(Settings):
        service: str = field(label="Service", default="execute-api")

    plugin = destination(auth_fields=lambda: WithService)
    peer.route("GET", "/")
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    settings = {"endpoint": peer.url, "access_key_id": KEY, "secret_access_key": SECRET}
    host.destination("acme").connect({**settings, "region": "us-east-1"}).client.get("/")
    [received] = peer.requests
    assert "/us-east-1/execute-api/aws4_request" in received.headers["authorization"]


@pytest.mark.parametrize("scope", [None, lambda: "events"])
def test_a_destination_that_does_not_name_its_service_is_at_fault(connect, peer, scope):
    with pytest.raises(HookError, match="signing_scope"):
        connect(scope).client.get("/")
    assert peer.requests == ()


def test_a_request_without_a_parsed_url_is_not_signed():
    with pytest.raises(RequestError, match="target"):
        sign(
            Request(method="GET", url="https://example.com/"),
            Credentials(KEY, Secret(SECRET)),
            S3,
            now=NOW,
        )


REFUSALS = [
    Reply(400, body=b'{"__type":"com.amazon.coral.service#UnrecognizedClientException"}'),
    Reply(403, json={"__type": "InvalidSignatureException", "message": "no"}),
    Reply(403, body=b"<Error><Code>SignatureDoesNotMatch</Code></Error>"),
    Reply(400, headers={"x-amzn-ErrorType": "ExpiredTokenException:http://internal/"}),
]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refused_credentials_are_told_from_refused_requests(connect, peer, refusal):
    """AWS common errors: refused keys and tokens are told from refused requests."""
    peer.route("GET", "/", refusal)
    with pytest.raises(AuthenticationError):
        connect().client.get("/")
    assert len(peer.requests) == 1


def test_throttling_is_told_by_its_code(connect, peer):
    """AWS common errors: throttling is told by its code, also with 400."""
    peer.route("GET", "/", Reply(400, body=b'{"__type":"ThrottlingException"}'))
    with pytest.raises(ThrottledError, match="ThrottlingException"):
        connect().client.get("/")


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"__type":7}', b"", b"{" * 100_000])
def test_an_error_without_a_code_is_left_to_its_status(connect, peer, body):
    peer.route("GET", "/", Reply(403, body=body))
    answer = connect().client.get("/", raise_for_status=False)
    assert answer.status == 403


def test_secrets_show_nowhere(connect):
    connection = connect(session_token="t0ken-4711")
    shown = repr(connection.preview(Request(method="GET", url="/"))) + repr(connection.settings)
    credentials = Credentials(KEY, Secret(SECRET), Secret("t0ken-4711"))
    shown += repr(credentials) + str(credentials)
    assert SECRET not in shown
    assert "t0ken" not in shown


def test_example_of_the_readme_is_true(peer):
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    scope = {}
    exec(readme.split("```python\n")[1].split("```")[0], scope)
    plugin = SimpleNamespace(**{n: v for n, v in scope.items() if hasattr(v, "portcall_impl")})
    peer.route("GET", "/")
    host = Host(allow_private=["127.0.0.1"], plugins={"acme": plugin})
    settings = {"endpoint": peer.url, "access_key_id": KEY, "secret_access_key": SECRET}
    host.destination("acme").connect({**settings, "region": "us-east-1"}).client.get("/")
    assert proof(peer.requests[0]) == expected(peer.requests[0])
