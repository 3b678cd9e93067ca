"""What a signature costs, beside the peers: ``uv run python bench/schemes.py``.

Each entry signs one and the same request with a scheme's own ``sign_request`` and with the library
that people would use otherwise, in turns; a number is the median of several rounds of CPU time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from statistics import median
from time import process_time
from types import SimpleNamespace
from typing import Any, Final, TypeAlias

import attrs

from portcall import Auth, Connection, Host, Request, RequestOptions, Response, hookimpl

ROUNDS: Final = 9
TIMES: Final = 2000
URL: Final = "https://api.example.com/v1/events?kind=track&source=web"
BODY: Final = b'{"userId":"u-1","event":"Order Completed","properties":{"total":42.5}}'

Work: TypeAlias = Callable[[], object]


@attrs.frozen
class Entry:
    """One comparison.

    Args:
        name: What signs.
        peer: What else would.
        goal: Most of the peer's time that ours may take.
        build: Makes both, each ready to sign once for each call.
    """

    name: str
    peer: str
    goal: float
    build: Callable[[], tuple[Work, Work]]


def connect(
    scheme: str, settings: dict[str, Any], auth: Auth | None = None, **hooks: Callable[..., object]
) -> Connection:
    """Open a connection of *scheme*, without a wire; *hooks* are what it asks the destination for."""
    destination = SimpleNamespace(
        auth_scheme=hookimpl(lambda: scheme),
        allowed_hosts=hookimpl(lambda: ["*.example.com", "*.amazonaws.com"]),
        extend_request=hookimpl(lambda: RequestOptions(base_url="https://api.example.com/v1")),
    )
    vars(destination).update({name: hookimpl(hook) for name, hook in hooks.items()})
    return Host(plugins={"acme": destination}).destination("acme").connect(settings, auth)


def signer(connection: Connection, request: Request, auth: Auth | None = None) -> Work:
    """Return the scheme's own function that signs a finished *request*, with its arguments."""
    [sign] = connection.destination.stack.hooks.sign_request.get_hookimpls()
    finished = connection.preview(request)
    given = {
        "request": finished,
        "settings": connection.settings,
        "auth": auth or connection.auth,
        "hooks": connection.destination.stack.hooks,
    }
    return partial(sign.function, **{name: given[name] for name in sign.argnames})


def digest() -> tuple[Work, Work]:
    """SHA-256, qop auth, one nonce for all requests."""
    import requests
    from requests.auth import HTTPDigestAuth

    offer = (
        'realm="api", qop="auth", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv", opaque="q"'
    )
    connection = connect("digest", {"username": "ada", "password": "Circle of Life"})
    stack, request = connection.destination.stack, Request(method="POST", url=URL, body=BODY)
    refused, refusal = connection.preview(request), _challenge(offer)
    client = connection.client
    stack.classify_response(refused, refusal, connection.settings, connection.auth)
    auth = stack.answer_challenge(refused, refusal, connection.settings, connection.auth, client)
    if auth is None:
        raise RuntimeError("the challenge was not answered")
    theirs, prepared = (
        HTTPDigestAuth("ada", "Circle of Life"),
        requests.Request("POST", URL).prepare(),
    )
    theirs.init_per_thread_state()
    fields = (part.split("=", 1) for part in offer.split(", "))
    theirs._thread_local.chal = {name: value.strip('"') for name, value in fields}  # noqa: SLF001
    theirs.build_digest_header("POST", URL)  # from now on it signs ahead of the challenge

    def sign() -> None:
        prepared.hooks["response"] = []  # a request of its own for each signature
        theirs(prepared)

    return signer(connection, request, auth), sign


def oauth1() -> tuple[Work, Work]:
    """HMAC-SHA1 with a token, a query and a form."""
    from oauthlib import oauth1 as oauthlib

    headers = {"content-type": "application/x-www-form-urlencoded"}
    form = "status=Hello%20Ladies%20%2B%20Gentlemen&trim=true"
    settings = {"consumer_key": "xvz1evFS4wEEPTGEFPHBog", "consumer_secret": "kAcSOqF21Fu85e7zjz7Z"}
    connection = connect(
        "oauth1", settings, Auth(access_token="370773112-GmHxMAgYyLb", token_secret="LswwdoUaIvS8")
    )
    request = Request(method="POST", url=URL, headers=headers, body=form.encode())
    theirs = oauthlib.Client(*settings.values(), "370773112-GmHxMAgYyLb", "LswwdoUaIvS8")
    return (
        signer(connection, request),
        lambda: theirs.sign(URL, "POST", form, {"Content-Type": headers["content-type"]}),
    )


def sigv4() -> tuple[Work, Work]:
    """A POST of JSON with a query; botocore signs a request object once, so each has its own."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    from portcall_sigv4 import SigningScope

    key, secret = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": "AWSEvents.PutEvents"}
    settings = {"access_key_id": key, "secret_access_key": secret, "region": "us-east-1"}
    scope = SigningScope(service="events", region="us-east-1")
    connection = connect("sigv4", settings, signing_scope=lambda: scope)
    request = Request(method="POST", url=URL, headers=headers, body=BODY)
    theirs = SigV4Auth(Credentials(key, secret), "events", "us-east-1")
    return (
        signer(connection, request),
        lambda: theirs.add_auth(AWSRequest("POST", URL, headers=dict(headers), data=BODY)),
    )


ENTRIES: Final = [
    Entry("digest SHA-256", "requests HTTPDigestAuth", 0.5, digest),
    Entry("OAuth 1 HMAC-SHA1", "oauthlib", 0.25, oauth1),
    Entry("SigV4", "botocore SigV4Auth", 0.25, sigv4),
]


def _challenge(offer: str) -> Response:
    from portcall import Headers

    return Response(status=401, headers=Headers([("WWW-Authenticate", f"Digest {offer}")]))


def us(work: Work) -> float:
    """CPU microseconds for one call of *work*, in one round."""
    start = process_time()
    for _ in range(TIMES):
        work()
    return (process_time() - start) / TIMES * 1e6


def main() -> None:
    """Measure every entry, ours and the peer's in turns."""
    print(f"{'us CPU a signature':20} {'portcall':>9} {'peer':>9} {'ratio':>6}  goal")
    for entry in ENTRIES:
        ours, theirs = entry.build()
        rounds = [(us(ours), us(theirs)) for _ in range(ROUNDS)]
        mine, other = (median(column) for column in zip(*rounds, strict=True))
        ratio = median(one / two for one, two in rounds)
        print(
            f"{entry.name:20} {mine:9.1f} {other:9.1f} {ratio:6.2f}  {entry.goal} of {entry.peer}"
        )


if __name__ == "__main__":
    main()
