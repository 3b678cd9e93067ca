"""Proxies of the environment, where the operator opted in."""

from __future__ import annotations

import socket
import ssl
from threading import Thread
from time import monotonic

import pytest

from portcall.errors import ConnectError, DeadlineError, RefusedAddressError, Sent, SettingsError
from portcall.urls import parse
from portcall.wire.no_proxy import is_exempt


def pump(start, end):
    try:
        while data := start.recv(65_536):
            end.sendall(data)
        end.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def onward(connection):
    """Do as Squid does by default: a tunnel for CONNECT, and pass other requests on, to loopback."""
    while request := connection.request():
        method, target, _ = request.split(b" ", 2)
        if method == b"CONNECT":
            return tunnel(connection, target)
        scheme, _, rest = target.partition(b"://")
        authority, _, path = rest.partition(b"/")
        if scheme != b"http":
            return connection.send(b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")
        port = int(authority.rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as there:
            there.sendall(without_login(request.replace(target, b"/" + path, 1)))
            connection.send(there.recv(65_536))
    return None


def without_login(request):
    lines = request.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.startswith(b"Proxy-"))


def tunnel(connection, target):
    """Connect where the request says, always to loopback, and carry bytes both ways."""
    port = int(target.rpartition(b":")[2])
    with socket.create_connection(("127.0.0.1", port)) as there:
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = Thread(target=pump, args=(there, connection.sock))
        back.start()
        pump(connection.sock, there)
        back.join()


@pytest.fixture
def through(serve, callers, monkeypatch):
    """Start a proxy, name it in the environment, give it and a caller that trusts it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def start(handler=onward, login="", **options):
        proxy = serve(handler)
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://{login}127.0.0.1:{proxy.port}")
        return proxy, callers(trust_env=True, **options)

    return start


def test_plain_http_is_a_request_to_the_proxy(through, serve, peers, names):
    names["127.0.0.1"] = [["127.0.0.1"]]
    proxy, caller = through()
    peer = serve(peers.answering(peers.OK))
    for _ in range(2):
        url = peer.url("/v1/a?b=c", host="erp.example.com")
        assert caller.send(url, "POST", body=b"{}").body == b"ok"
    assert len(proxy.requests) == len(peer.requests) == 2
    for request in proxy.requests:
        assert request.startswith(
            b"POST http://erp.example.com:%d/v1/a?b=c HTTP/1.1\r\nHost: erp.example.com:%d\r\n"
            % (peer.port, peer.port)
        )
    assert peer.requests[0].startswith(b"POST /v1/a?b=c HTTP/1.1\r\n")
    assert proxy.accepted == 2  # a POST goes over a connection of its own
    assert caller.send(url, "GET").body == b"ok"
    assert proxy.accepted == 2  # and a GET over one that was kept


def test_connections_to_a_proxy_are_not_those_to_its_host(through, serve, peers, monkeypatch):
    proxy, caller = through()
    peer = serve(peers.answering(peers.OK))
    assert caller.send(peer.url()).body == b"ok"
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    assert caller.send(peer.url()).body == b"ok"
    assert (len(proxy.requests), len(peer.requests)) == (1, 2)


def test_a_proxy_that_wants_a_login_for_plain_http_was_not_sent_to(through, peers):
    answer = b"HTTP/1.1 407 Login\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    proxy, caller = through(peers.answering(answer), login="me:s3cret@")
    with pytest.raises(
        ConnectError, match=r"answered 407: it wants http://user:password@"
    ) as caught:
        caller.send("http://api.example.com/", "POST", body=b"{}")
    assert b"Proxy-Authorization: Basic bWU6czNjcmV0\r\n" in proxy.requests[0]
    assert caught.value.sent is Sent.NO
    assert "s3cret" not in str(caught.value)


def test_a_name_is_left_to_the_proxy(through, serve, peers, names, authority, ca_file):
    names["127.0.0.1"] = [["127.0.0.1"]]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example.com").configure_cert(context)
    proxy, caller = through(ca_file=ca_file)
    peer = serve(peers.answering(peers.OK), context)
    for _ in range(2):
        assert caller.send(peer.url(host="api.example.com")).body == b"ok"
    assert proxy.requests == [
        b"CONNECT api.example.com:%d HTTP/1.1\r\nHost: api.example.com:%d\r\n\r\n"
        % (peer.port, peer.port)
    ]
    assert proxy.accepted == peer.accepted == 1


def test_tls_goes_through_to_the_destination(through, serve, peers, authority, tmp_path, names):
    names["127.0.0.1"] = [["127.0.0.1"]]
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.example.com").configure_cert(context)
    peer = serve(peers.answering(peers.OK), context)
    proxy, caller = through(ca_file=str(tmp_path / "ca.pem"))
    url = peer.url("/secret", host="api.example.com")
    assert caller.send(url, headers={"authorization": "secret"}).body == b"ok"
    assert b"secret" not in b"".join(proxy.requests)


def test_user_name_and_password_go_to_the_proxy_alone(through, serve, peers):
    proxy, caller = through(login="me:p%40ss@")
    peer = serve(peers.answering(peers.OK))
    caller.send(peer.url())
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==\r\n" in proxy.requests[0]
    assert b"Proxy-Authorization" not in peer.requests[0]


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("api.internal", "*"),
        ("api.internal", "a.test, *"),
        ("api.internal", "a.test,api.internal"),
        ("api.internal", "a.test api.internal"),
        ("api.internal", ".internal"),
        ("api.internal", "internal"),
        ("api.internal", "*.internal"),
        ("api.internal", "INTERNAL."),
        ("api.internal", "http://api.internal"),
        ("api.internal", "api.internal:{port}"),
        ("api.internal", ".internal:{port}"),
        ("xn--bcher-kva.internal", "bücher.internal"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1:{port}"),
        ("127.0.0.1", "10.0.0.0/8,127.0.0.0/8"),
        ("127.0.0.1", "127.0.0.1/8"),
        ("[::1]", "::1"),
        ("[::1]", "[::1]"),
        ("[::1]", "[::1]:{port}"),
        ("[::1]", "0:0:0:0:0:0:0:1"),
        ("[::1]", "fd00::/8,::/64"),
        ("[::ffff:127.0.0.1]", "127.0.0.0/8"),
    ],
)
def test_no_proxy_is_heard(host, entry, through, serve, peers, names, monkeypatch):
    names["api.internal"] = names["xn--bcher-kva.internal"] = [["127.0.0.1"]]
    names["::1"] = [["127.0.0.1"]]
    proxy, caller = through()
    peer = serve(peers.answering(peers.OK))
    monkeypatch.setenv("NO_PROXY", entry.format(port=peer.port))
    assert is_exempt(parse(peer.url(host=host)), entry.format(port=peer.port))
    if host != "[::1]":  # the peer listens on IPv4
        assert caller.send(peer.url(host=host)).body == b"ok"
        assert proxy.accepted == 0


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("api.internal", ""),
        ("api.internal", "nal"),
        ("api.internal", "pi.internal"),
        ("api.internal", "x.api.internal"),
        ("api.internal", "api.internal:1"),
        ("api.internal", "*:1"),
        ("api.internal", "127.0.0.0/8"),
        ("api.internal", "not a host!,:,[,/8,::1:80:"),
        ("127.0.0.1", "0.0.1"),
        ("127.0.0.1", "10.0.0.0/8"),
        ("127.0.0.1", "::/0"),
        ("127.0.0.1", "127.0.0.1:1"),
        ("127.0.0.1", "127.0.0.0/99"),
    ],
)
def test_no_proxy_means_whole_names_and_networks(
    host, entry, through, serve, peers, names, monkeypatch
):
    names["127.0.0.1"] = [["127.0.0.1"]]
    proxy, caller = through()
    monkeypatch.setenv("NO_PROXY", entry)
    peer = serve(peers.answering(peers.OK))
    assert caller.send(peer.url(host=host)).body == b"ok"
    assert proxy.accepted == 1


def test_lower_case_is_heard_before_upper_case(through, serve, peers, monkeypatch):
    proxy, caller = through()
    monkeypatch.setenv("http_proxy", "")
    assert caller.send(serve(peers.answering(peers.OK)).url()).body == b"ok"
    assert proxy.accepted == 0


def test_an_address_in_the_url_is_held_against_the_guard(through):
    proxy, caller = through(allow_private=())
    with pytest.raises(RefusedAddressError):
        caller.send("https://169.254.169.254/")
    assert proxy.accepted == 0


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 407 Login\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n", b"junk\r\n\r\n", b"",
     b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"],
)  # fmt: skip
def test_a_proxy_that_does_not_connect(answer, through):
    def handle(connection):
        connection.request()
        connection.send(answer)

    proxy, caller = through(handle, login="me:s3cret@")
    with pytest.raises(ConnectError, match=f"the proxy 127.0.0.1:{proxy.port}") as caught:
        caller.send("https://api.example.com/")
    assert caught.value.sent is Sent.NO
    assert "s3cret" not in str(caught.value)


def test_a_proxy_that_hangs_ends_in_time(through):
    def handle(connection):
        connection.request()
        connection.send(b"HTTP/1.1 ")
        connection.wait_until_gone()

    caller = through(handle)[1]
    started = monotonic()
    with pytest.raises(DeadlineError) as caught:
        caller.send("https://api.example.com/", connect_timeout_s=0.3)
    assert monotonic() - started < 0.8
    assert caught.value.sent is Sent.NO


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("https://me:s3cret@h:1", "HTTPS_PROXY names a https:// proxy"),
        ("socks5://me:s3cret@h:1", "HTTPS_PROXY names a socks5:// proxy"),
        ("SOCKS5H://h:1", "HTTPS_PROXY names a socks5h:// proxy"),
        ("socks4a://h:1", "HTTPS_PROXY names a socks4a:// proxy"),
        ("http://", "HTTPS_PROXY names no http://host:port"),
        ("http://h:a", "HTTPS_PROXY names no http://host:port"),
        ("http://a b", "HTTPS_PROXY names no http://host:port"),
        ("s3cret s3cret://h", "HTTPS_PROXY names no http://host:port"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_with_what_can(value, words, through, monkeypatch):
    caller = through()[1]
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(SettingsError, match="supported is an HTTP proxy") as caught:
        caller.send("https://api.example.com/")
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_all_proxy_is_named_where_it_is_meant(through, monkeypatch):
    caller = through()[1]
    monkeypatch.delenv("HTTPS_PROXY")
    monkeypatch.setenv("all_proxy", "socks5://h:1")
    with pytest.raises(SettingsError, match="all_proxy names a socks5:// proxy"):
        caller.send("https://api.example.com/")


def test_a_header_of_a_cgi_request_names_no_proxy(through, serve, peers, monkeypatch):
    proxy, caller = through()
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert caller.send(serve(peers.answering(peers.OK)).url()).body == b"ok"
    assert proxy.accepted == 0
