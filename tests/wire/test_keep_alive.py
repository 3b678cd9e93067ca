"""How long a connection is reused: what the server says, less a second, or what most servers keep."""

from __future__ import annotations

import pytest

from portcall.wire import pool
from portcall.wire.keep_alive import KeepAlive, read_keep_alive


@pytest.fixture
def clock(monkeypatch):
    """A clock for idle connections that tests move on."""

    class Clock:
        now = 1000.0

        def __call__(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(pool, "monotonic", clock)
    return clock


def saying(*fields):
    """Answer with one ``Keep-Alive`` after the other on each connection, the last for ever."""

    def handle(connection):
        turn = 0
        while connection.request():
            lines = b"".join(b"%s\r\n" % field for field in fields[min(turn, len(fields) - 1)])
            connection.send(b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 2\r\n\r\nok")
            turn += 1

    return handle


def keep_alive(*values):
    return [b"Keep-Alive: " + value for value in values]


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("timeout=5, max=100", KeepAlive(4.0, 100)),
        ("timeout=5,max=100", KeepAlive(4.0, 100)),
        ("max=100 ; timeout=5", KeepAlive(4.0, 100)),
        ("Timeout = 5", KeepAlive(4.0)),
        ('timeout="5"', KeepAlive(4.0)),
        ("timeout=5.9", KeepAlive(4.0)),
        ("timeout=72, timeout=5", KeepAlive(4.0)),
        ("timeout=1", KeepAlive(0.0)),
        ("timeout=0", KeepAlive(0.0)),
        ("max=0", KeepAlive(None, 0)),
        ("", KeepAlive()),
        ("300", KeepAlive()),
        ("timeout", KeepAlive()),
        ("timeout=", KeepAlive()),
        ("timeout=-5", KeepAlive()),
        ("timeout=soon", KeepAlive()),
        ("xtimeout=5", KeepAlive()),
    ],
)
def test_what_a_keep_alive_field_says(value, read):
    assert read_keep_alive(value) == read


@pytest.mark.parametrize(
    ("fields", "method", "idle_s", "connections"),
    [
        ([], "POST", 1.4, 1),
        ([], "POST", 1.6, 2),
        ([], "GET", 59.0, 1),
        ([], "GET", 61.0, 2),
        (keep_alive(b"timeout=5"), "POST", 3.9, 1),
        (keep_alive(b"timeout=5"), "POST", 4.1, 2),
        (keep_alive(b"timeout=5"), "GET", 4.1, 2),
        (keep_alive(b"timeout=75"), "POST", 59.0, 1),
        (keep_alive(b"timeout=3600"), "POST", 61.0, 2),
        (keep_alive(b"timeout=75", b"timeout=5"), "POST", 4.1, 2),
        (keep_alive(b"max=9"), "POST", 1.6, 2),
        (keep_alive(b"timeout=1"), "POST", 0.0, 2),
        (keep_alive(b"timeout=1, max=100"), "GET", 0.0, 2),
        (keep_alive(b"timeout=0"), "POST", 0.0, 2),
    ],
)
def test_an_idle_connection_is_used_as_long_as_the_server_keeps_it(
    fields, method, idle_s, connections, serve, caller, clock
):
    peer = serve(saying(fields))
    caller.send(peer.url(), method)
    clock.now += idle_s
    caller.send(peer.url(), method)
    assert peer.accepted == connections


def test_a_post_that_may_be_sent_twice_takes_the_risk(serve, caller, peers, clock):
    peer = serve(peers.answering(peers.OK))
    for _ in range(2):
        caller.send(peer.url(), "POST", body=b"{}", idempotent=True)
        clock.now += 30.0
    assert peer.accepted == 1


@pytest.mark.parametrize(
    ("said", "requests", "connections"),
    [
        ([b"max=3"], 6, 2),  # of a connection in all
        ([b"max=4", b"max=3", b"max=2", b"max=1", b"max=0"], 4, 1),  # that are left
        ([b"max=9", b"max=8", b"max=0"], 6, 2),
        ([b"max=1"], 3, 3),
        ([b"max=0"], 3, 3),
        ([b"max=3", b"x"], 6, 2),
    ],
)
def test_a_connection_carries_as_many_requests_as_the_server_says(
    said, requests, connections, serve, caller
):
    peer = serve(saying(*(keep_alive(value) for value in said)))
    for _ in range(requests):
        caller.send(peer.url(), "POST", body=b"{}")
    assert peer.accepted == connections


def test_a_post_is_not_sent_where_the_server_said_it_would_have_given_up(serve, caller, clock):
    def handle(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=2\r\nContent-Length: 2\r\n\r\nok")
        if connection.request():  # too late here, and not a word of it before
            connection.reset()

    peer = serve(handle)
    for _ in range(3):
        assert caller.send(peer.url(), "POST", body=b"{}").body == b"ok"
        clock.now += 1.2
    assert peer.accepted == len(peer.requests) == 3


@pytest.mark.parametrize(
    "farewell", [b"", b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n", b"\r\n"]
)
def test_a_connection_on_which_something_came_in_is_not_used(farewell, serve, caller, peers):
    def handle(connection):
        connection.request()
        connection.send(peers.OK)
        connection.send(farewell)

    peer = serve(handle)
    for _ in range(3):
        assert caller.send(peer.url(), "POST", body=b"{}").body == b"ok"
        peer.wait_until_idle()
    assert peer.accepted == len(peer.requests) == 3
