"""Proxies of the environment, where the operator opted in."""

from __future__ import annotations

import socket
import ssl
from threading import Thread
from time import monotonic

import pytest

from portcall.errors import ConnectError, DeadlineError, RefusedAddressError, Sent, SettingsError


def pump(start, end):
    try:
        while data := start.recv(65_536):
            end.sendall(data)
        end.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def tunnelling(connection):
    """Connect where the request says, always to loopback, and carry bytes both ways."""
    port = int(connection.request().split()[1].rpartition(b":")[2])
    with socket.create_connection(("127.0.0.1", port)) as onward:
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = Thread(target=pump, args=(onward, connection.sock))
        back.start()
        pump(connection.sock, onward)
        back.join()


@pytest.fixture
def through(serve, callers, monkeypatch):
    """Start a proxy, name it in the environment, give it and a caller that trusts it."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def start(handler=tunnelling, login="", **options):
        proxy = serve(handler)
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://{login}127.0.0.1:{proxy.port}")
        return proxy, callers(trust_env=True, **options)

    return start


def test_a_name_is_left_to_the_proxy(through, serve, peers, names):
    names["127.0.0.1"] = [["127.0.0.1"]]
    proxy, caller = through()
    peer = serve(peers.answering(peers.OK))
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
    "entry", ["*", "a.test,api.internal", ".internal", "internal", "*.internal"]
)
def test_no_proxy_is_heard(entry, through, serve, peers, names, monkeypatch):
    names["api.internal"] = [["127.0.0.1"]]
    proxy, caller = through()
    monkeypatch.setenv("NO_PROXY", entry)
    peer = serve(peers.answering(peers.OK))
    assert caller.send(peer.url(host="api.internal")).body == b"ok"
    assert proxy.accepted == 0


@pytest.mark.parametrize("entry", ["", "nal", "pi.internal", "x.api.internal", "api.internal:1"])
def test_no_proxy_means_whole_names(entry, through, serve, peers, names, monkeypatch):
    names["127.0.0.1"] = [["127.0.0.1"]]
    proxy, caller = through()
    monkeypatch.setenv("NO_PROXY", entry)
    peer = serve(peers.answering(peers.OK))
    assert caller.send(peer.url(host="api.internal")).body == b"ok"
    assert proxy.accepted == 1


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
    "value", ["https://h:1", "socks5://h:1", "http://", "http://h:a", "http://a b"]
)
def test_a_proxy_that_is_none(value, through, monkeypatch):
    caller = through()[1]
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(SettingsError, match="proxy"):
        caller.send("https://api.example.com/")


def test_a_header_of_a_cgi_request_names_no_proxy(through, serve, peers, monkeypatch):
    proxy, caller = through()
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    assert caller.send(serve(peers.answering(peers.OK)).url()).body == b"ok"
    assert proxy.accepted == 0
