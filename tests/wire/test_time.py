"""One absolute deadline: whatever the other side does, the request ends within 0.5 s of its time."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from threading import Event
from time import monotonic

import pytest

from portcall.errors import ConnectError, DeadlineError, Sent, SettingsError

TIMEOUT_S = 0.3


@contextmanager
def ends_in_time(sent, timeout_s=TIMEOUT_S):
    started = monotonic()
    with pytest.raises(DeadlineError) as caught:
        yield
    assert timeout_s - 0.05 <= monotonic() - started < timeout_s + 0.5
    assert caught.value.sent is sent


SLOW = {
    "head": (b"HTTP/1.1 200 OK\r\n", b"a"),
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", b"a"),
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    "chunk line": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "trailers": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n"),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_slow_answer_ends_in_time(name, serve, callers):
    caller = callers()
    data, forever = SLOW[name]

    def handle(connection):
        connection.request()
        if connection.number > 1:
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return
        connection.send(data)
        connection.sock.settimeout(0.02)
        while True:
            connection.send(forever)
            try:
                if not connection.sock.recv(1):
                    return
            except TimeoutError:
                pass

    peer = serve(handle)
    with ends_in_time(Sent.MAYBE):
        caller.read(peer.url(), timeout_s=TIMEOUT_S)
    assert caller.send(peer.url()).body == b"ok"


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"]
)
def test_a_hang_ends_in_time(start, serve, callers):
    def handle(connection):
        connection.request()
        connection.send(start)
        connection.wait_until_gone()

    with ends_in_time(Sent.MAYBE):
        callers().read(serve(handle).url(), timeout_s=TIMEOUT_S)


def test_a_hang_on_a_kept_connection_is_not_tried_again(serve, callers, peers):
    def handle(connection):
        connection.request()
        connection.send(peers.OK)
        connection.request()
        connection.wait_until_gone()

    caller, peer = callers(), serve(handle)
    caller.send(peer.url())
    with ends_in_time(Sent.MAYBE):
        caller.send(peer.url(), timeout_s=TIMEOUT_S)
    assert peer.accepted == 1


def test_a_peer_that_does_not_read_ends_in_time(serve, callers):
    gone = Event()

    def handle(connection):
        gone.wait(5)

    with ends_in_time(Sent.MAYBE):
        callers().send(serve(handle).url(), "POST", body=bytes(30_000_000), timeout_s=TIMEOUT_S)
    gone.set()


def test_a_peer_that_reads_slowly_ends_in_time(serve, callers):
    gone = Event()

    def handle(connection):
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while connection.sock.recv(1024) and not gone.wait(0.02):
            pass

    with ends_in_time(Sent.MAYBE):
        callers().send(serve(handle).url(), "POST", body=bytes(30_000_000), timeout_s=TIMEOUT_S)
    gone.set()


def test_a_tls_peer_that_does_not_read_ends_in_time(serve, callers, peers, authority, ca_file):
    gone = Event()

    def handle(connection):
        connection.request()
        connection.send(peers.OK)
        gone.wait(5)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    url = serve(handle, context).url(host="localhost")
    caller = callers(ca_file=ca_file)
    caller.send(url)  # a handshake takes longer where the machine is busy
    with ends_in_time(Sent.MAYBE):
        caller.send(url, "POST", body=bytes(30_000_000), timeout_s=TIMEOUT_S)
    gone.set()


@pytest.mark.parametrize("drip", [False, True])
def test_a_slow_handshake_ends_in_time(drip, serve, callers):
    def handle(connection):
        connection.sock.recv(65_536)
        connection.sock.settimeout(0.02)
        connection.send(b"\x16\x03\x03\x3e\x80" if drip else b"")
        while True:  # a handshake record of 16,000 bytes, one at a time
            connection.send(b"\x02" if drip else b"")
            try:
                if not connection.sock.recv(1):
                    return
            except TimeoutError:
                pass

    peer = serve(handle)
    url = peer.url().replace("http:", "https:")
    with ends_in_time(Sent.NO):
        callers().send(url, timeout_s=5.0, connect_timeout_s=TIMEOUT_S)


def test_a_connect_that_hangs_ends_in_time(callers):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        with ends_in_time(Sent.NO):
            callers().send(url, timeout_s=5.0, connect_timeout_s=TIMEOUT_S)
        for sock in waiting:
            sock.close()


@pytest.fixture
def hanging_lookup(monkeypatch):
    release = Event()
    started = []

    def getaddrinfo(host, *rest, **more):
        started.append(host)
        release.wait(10)
        raise socket.gaierror(socket.EAI_NONAME, "released")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield started
    release.set()


def test_a_lookup_that_hangs_ends_in_time(hanging_lookup, callers):
    caller = callers()
    for _ in range(3):
        with ends_in_time(Sent.NO, 0.1):
            caller.send("https://slow.example.com/", connect_timeout_s=0.1)


def test_lookups_are_bounded(hanging_lookup, callers):
    caller = callers()
    for number in range(40):
        with pytest.raises(DeadlineError):
            caller.send(f"https://slow{number}.example.com/", connect_timeout_s=0.01)
    assert len(hanging_lookup) == 32


def test_a_host_that_does_not_exist_was_not_sent_to(names, callers):
    with pytest.raises(ConnectError, match="no such host") as caught:
        callers().send("https://nowhere.example.com/secret")
    assert caught.value.sent is Sent.NO
    assert "secret" not in str(caught.value)


def test_a_port_nobody_listens_on_was_not_sent_to(callers):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectError, match="no connection") as caught:
            callers().send(f"http://127.0.0.1:{held.getsockname()[1]}/")
    assert caught.value.sent is Sent.NO


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_limit_is_a_finite_number(value, caller):
    with pytest.raises(SettingsError, match="finite"):
        caller.send("https://example.com/", timeout_s=value)
