"""Redirects are off; where a destination allows them, nothing a layer added crosses origins."""

from __future__ import annotations

from functools import partial

import attrs
import pytest

from portcall.errors import MalformedResponseError, PolicyError, PortcallError, Sent
from portcall.hosts.policy import Policy
from portcall.model.http_request import ClientCertificate, Request
from portcall.model.http_response import Headers, Response
from portcall.requests.redirects import follow
from portcall.secret import Secret
from portcall.urls import parse

STATUSES = [300, 301, 302, 303, 304, 305, 307, 308]
FOLLOWED = [301, 302, 303, 307, 308]


def redirect(status, location):
    raw = location if isinstance(location, bytes) else location.encode()
    return b"HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % (status, raw)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("status", STATUSES)
def test_a_redirect_to_another_port_is_an_answer(method, status, serve, caller, peers):
    elsewhere = serve(peers.answering(peers.OK))
    peer = serve(peers.answering(redirect(status, elsewhere.url()), then_close=True))
    headers = {"authorization": Secret("Bearer a"), "x-api-key": Secret("b")}
    response = caller.send(peer.url("/?key=c"), method, headers, b"{}")
    assert response.status == status
    assert response.headers["location"] == elsewhere.url()
    assert elsewhere.accepted == 0


class Walker:
    """Follows redirects as a connection does."""

    def __init__(self, caller, *peers):
        self.caller = caller
        hosts = [f"127.0.0.1:{peer.port}" for peer in peers]
        self.policy = Policy(hosts, None, allow_private=["127.0.0.1"])

    def walk(self, url, method="GET", hops=5, **more):
        request = Request(method=method, url=url, target=self.policy.check(url), **more)
        response = self.caller.transport.send_request(request)
        for _ in range(hops):
            further = follow(request, response, self.policy.admit)
            if further is None:
                break
            request, response = further, self.caller.transport.send_request(further)
        return response


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("status", FOLLOWED)
def test_nothing_a_layer_added_crosses_origins(method, status, serve, caller, peers):
    arrived = serve(peers.answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    copied = arrived.url("/new?page=2&key=c")
    peer = serve(peers.answering(redirect(status, copied), then_close=True))
    headers = {"authorization": Secret("canary"), "x-api-key": "canary", "cookie": "canary"}
    url = peer.url("/old?key=c")
    Walker(caller, peer, arrived).walk(url, method, headers=headers, body=b"canary")
    (request,) = arrived.requests
    assert request.startswith(b"%s /new?page=2 HTTP/1.1\r\n" % method.encode())
    assert b"canary" not in request
    assert b"key" not in request
    assert b"referer" not in request.lower()


def test_within_an_origin_the_request_stays_whole(serve, caller, peers):
    first = redirect(302, "../b?x=1")
    peer = serve(peers.answering(first, peers.OK))
    walker = Walker(caller, peer)
    assert walker.walk(peer.url("/v1/a/"), headers={"x-api-key": "k"}).body == b"ok"
    assert peer.requests[1].startswith(b"GET /v1/b?x=1 ")
    assert b"X-Api-Key: k" in peer.requests[1]


def test_a_redirect_to_a_host_not_declared_is_refused(serve, caller, peers):
    elsewhere = serve(peers.answering(peers.OK))
    peer = serve(peers.answering(redirect(302, elsewhere.url("/secret")), then_close=True))
    with pytest.raises(PolicyError, match=f"127.0.0.1:{elsewhere.port}") as caught:
        Walker(caller, peer).walk(peer.url())
    assert "secret" not in str(caught.value)
    assert elsewhere.accepted == 0


def test_a_circle_ends(serve, caller, peers):
    peer = serve(peers.answering(redirect(302, "/again")))
    assert Walker(caller, peer).walk(peer.url(), hops=3).status == 302
    assert len(peer.requests) == 4


HERE = "https://api.example.com/v1/a?key=1"


def answer(status=302, *locations):
    return Response(status=status, headers=Headers([("Location", text) for text in locations]))


def asked(method="GET", **more):
    return Request(method=method, url=HERE, target=parse(HERE), **more)


step = partial(follow, admit=Policy(["*.example.com"], None).admit)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_get_and_head_are_followed(method):
    assert step(asked(method), answer(302, "/b")) is None


@pytest.mark.parametrize("status", [200, 201, 300, 304, 305, 306, 399, 401])
def test_only_redirects_are_followed(status):
    assert step(asked(), answer(status, "/b")) is None


def test_no_location_no_step():
    assert step(asked(), answer(302)) is None


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/b", "https://api.example.com/b"),
        ("b", "https://api.example.com/v1/b"),
        ("?c=d", "https://api.example.com/v1/a?c=d"),
        ("../b#part", "https://api.example.com/b"),
        ("//other.example.com/b", "https://other.example.com/b"),
        ("https://other.example.com/b?key=1", "https://other.example.com/b"),
        ("https://other.example.com/b?key=1&k=2", "https://other.example.com/b?k=2"),
        ("", "https://api.example.com/v1/a?key=1"),
        ("#part", "https://api.example.com/v1/a?key=1"),
        (" /b\t", "https://api.example.com/b"),
        ("/a b?c d", "https://api.example.com/a%20b?c%20d"),
        ("/a\tb", "https://api.example.com/ab"),
        ("/caf\u00c3\u00a9", "https://api.example.com/caf%C3%A9"),  # the bytes of UTF-8
        ("/caf\u00e9", "https://api.example.com/caf%E9"),  # a byte that is not UTF-8
        ("/\u30d6", "https://api.example.com/%E3%83%96"),
        ("/?q=\u00c3\u00a9", "https://api.example.com/?q=%C3%A9"),
        ("/caf%C3%A9", "https://api.example.com/caf%C3%A9"),
        ("/%2e%2e/%2E/b", "https://api.example.com/b"),
        (".%2E/b", "https://api.example.com/b"),
        ("../../../b", "https://api.example.com/b"),
        ("..", "https://api.example.com/"),
        ("b/.", "https://api.example.com/v1/b/"),
        ("/a/..\\b", "https://api.example.com/b"),
        ("\\\\other.example.com\\b", "https://other.example.com/b"),
        ("https:b", "https://api.example.com/v1/b"),
        ("https:/b", "https://api.example.com/b"),
        ("https:///other.example.com/b", "https://other.example.com/b"),
        ("HTTPS://Other.Example.COM:0443/b", "https://other.example.com/b"),
        ("https://other.example.com:", "https://other.example.com/"),
        ("https://other.example.com?a", "https://other.example.com/?a"),
        ("https://b\u00c3\u00bccher.example.com/", "https://xn--bcher-kva.example.com/"),
        ('/a"<>`{}b?\'"<>', "https://api.example.com/a%22%3C%3E%60%7B%7Db?%27%22%3C%3E"),
        ("/?a\\b/../c", "https://api.example.com/?a%5Cb/../c"),
        ("/\0b", "https://api.example.com/%00b"),
    ],
)
def test_where_a_location_leads(location, url):
    assert step(asked(), answer(302, location)).url == url


@pytest.mark.parametrize(
    ("raw", "target"),
    [
        ("/caf\u00e9".encode(), b"/caf%C3%A9"),
        ("/\u30d6?\u30d6".encode(), b"/%E3%83%96?%E3%83%96"),
        (b"/caf\xe9", b"/caf%E9"),
        (b"/a b", b"/a%20b"),
        (b"/x/%2e%2E/b", b"/b"),
    ],
)
def test_a_location_is_followed_from_its_bytes(raw, target, serve, caller, peers):
    peer = serve(peers.answering(redirect(302, raw), peers.OK))
    assert Walker(caller, peer).walk(peer.url("/start")).body == b"ok"
    assert peer.requests[1].startswith(b"GET " + target + b" HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "location",
    [
        "http://api.example.com/",
        "https://api.example.com:8443/",
        "https://example.com/",
        "https://evil.example.org/",
        "//evil.example.org/",
        "https:///evil.example.org/",
        "/\\evil.example.org",
        "\\\\evil.example.org",
        "\t//evil.example.org",
        "/\t/evil.example.org",
    ],
)
def test_where_a_location_must_not_lead(location):
    with pytest.raises(PolicyError, match=r"api\.example\.com:443 answered 302 with a Location"):
        step(asked(), answer(302, location))


@pytest.mark.parametrize(
    "location",
    [
        "ftp://api.example.com/",
        "javascript:alert(1)",
        "https://api.example.com@evil.example.org/",
        "https://api.example.com%2eevil.example.org/",
        "https://",
        "//",
        "https://other.example.com:0/",
        "https://other.example.com:99999/",
        "https://\u00e9.example.com:x/",
        "https://[::1/",
    ],
)
def test_a_location_that_is_no_url_is_the_servers_fault(location):
    with pytest.raises(MalformedResponseError, match="answered 302 with a Location") as caught:
        step(asked(), answer(302, location))
    assert (caught.value.status, caught.value.sent) == (302, Sent.MAYBE)


def test_two_locations_that_differ_are_not_followed():
    with pytest.raises(MalformedResponseError, match="there are 2"):
        step(asked(), answer(302, "/a", "/b"))
    assert step(asked(), answer(302, "/a", "/a")).url == "https://api.example.com/a"


@attrs.frozen
class Settings:
    endpoint: str


@pytest.mark.parametrize("location", ["//evil.example.org/", "http://h.example.com/", "https://["])
def test_no_setting_is_blamed_for_what_a_server_says(location):
    settings = Settings("https://h.example.com")
    policy = Policy(["{endpoint}"], settings)
    request = Request(method="GET", url=settings.endpoint, target=policy.check(settings.endpoint))
    with pytest.raises(PortcallError, match="Location") as caught:
        follow(request, answer(302, location), policy.admit)
    assert "setting" not in str(caught.value)
    assert "nothing was sent" not in str(caught.value)


def test_a_client_certificate_does_not_cross():
    request = asked(client_certificate=ClientCertificate(certificate="c", private_key="k"))
    assert step(request, answer(302, "/b")).client_certificate is not None
    assert step(request, answer(302, "//other.example.com/")).client_certificate is None
