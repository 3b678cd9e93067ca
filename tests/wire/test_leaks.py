"""Nothing stays behind: threads, descriptors, connections."""

from __future__ import annotations

import gc
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic

import pytest

from portcall.errors import TransportError
from portcall.model.http_request import Request
from portcall.urls import parse
from portcall.wire import pool
from portcall.wire.transport import Transport

BROKEN = [
    b"",
    b"HTTP/1.1 2",
    b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
    b"no http\r\n\r\n",
    b"HTTP/1.1 101 Go\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok",
]


def in_use():
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


def more_than(before):
    return [now for now, then in zip(in_use(), before, strict=True) if now > then]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_a_thousand_faults_leave_nothing_behind(serve, callers, peers, names):
    names["localhost"] = [["127.0.0.1"]]

    def handle(connection):
        for request in iter(connection.request, b""):
            if b"/ok" in request:
                connection.send(peers.OK)
                continue
            connection.send(BROKEN[connection.number % len(BROKEN)])
            return connection.reset() if connection.number % 2 else None
        return None

    def no_tls(connection):
        connection.sock.recv(1000)

    plain, gone, secure = serve(handle), serve(handle), serve(no_tls)
    gone.close()
    caller = callers()
    places = [
        plain.url("/x"),
        plain.url("/ok"),
        plain.url("/x", host="localhost"),
        secure.url().replace("http:", "https:"),
        gone.url(),
        "https://10.0.0.1/",
        "https://nowhere.example.com/",
    ]
    caller.send(plain.url("/ok"))
    gc.collect()
    before = in_use()
    faults = 0
    for number in range(1200):
        try:
            caller.read(places[number % len(places)], "POST", timeout_s=2.0)
        except TransportError:
            faults += 1
    assert faults >= 1000
    ends = monotonic() + 5
    while more_than(before) and monotonic() < ends:
        os.sched_yield()
    assert not more_than(before)
    assert caller.send(plain.url("/ok")).body == b"ok"


@pytest.fixture
def small_bounds(monkeypatch):
    """Lower both bounds: as many connections as they allow would take most of a process's files."""
    monkeypatch.setattr(pool, "MAX_IDLE", 48)
    monkeypatch.setattr(pool, "MAX_IDLE_PER_KEY", 32)


def test_idle_connections_are_bounded(serve, callers, peers, small_bounds):
    caller, peer = callers(), serve(peers.answering(peers.OK))
    together = threading.Barrier(48)

    def send():
        together.wait()
        caller.send(peer.url())

    threads = [threading.Thread(target=send) for _ in range(48)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(caller.transport._pool) <= 32


def test_idle_connections_are_bounded_over_all_origins(serve, callers, peers, small_bounds):
    caller = callers()
    started = [serve(peers.answering(peers.OK)) for _ in range(60)]
    for peer in started:
        caller.send(peer.url())
    assert len(caller.transport._pool) == 48
    assert caller.send(started[0].url()).body == b"ok"


def test_a_pool_keeps_a_quarter_of_the_files_that_the_process_may_open(
    serve, callers, peers, monkeypatch
):
    monkeypatch.setattr(pool, "_open_files", lambda: 32)
    caller, peer = callers(), serve(peers.answering(peers.OK))
    together = threading.Barrier(16)

    def send():
        together.wait()
        caller.send(peer.url())

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(caller.transport._pool) <= 8


def test_connections_that_were_idle_for_too_long_are_closed_while_others_come_back():
    idle = pool.Pool()
    pairs = [socket.socketpair() for _ in range(4)]
    wires = [pool.Wire(own) for own, _ in pairs]
    here, there = ("http", "here", 80, None, None), ("http", "there", 80, None, None)
    for key, wire in zip([here, here, there, there], wires, strict=True):
        idle.put(key, wire)
    for wire in wires[:3]:
        wire.idle_since -= pool.IDLE_S + 1
    for _ in range(3):
        idle.put(there, idle.take(there, repeatable=True))
    ended = [other.recv(1, socket.MSG_DONTWAIT) for _, other in pairs[:3]]
    assert ended == [b"", b"", b""]
    assert len(idle) == 1
    assert idle.take(there, repeatable=True) is wires[3]
    for own, other in pairs:
        own.close()
        other.close()


def test_close_closes_everything(serve, callers, peers):
    caller, peer = callers(), serve(peers.answering(peers.OK))
    caller.send(peer.url())
    caller.transport.close()
    peer.wait_until_idle()
    assert len(caller.transport._pool) == 0
    assert caller.send(peer.url()).body == b"ok"
    peer.wait_until_idle()


def test_a_transport_that_is_forgotten_closes_its_connections(serve, peers):
    peer = serve(peers.answering(peers.OK))
    transport = Transport(allow_private=["127.0.0.1"])
    url = peer.url()
    transport.send_request(Request(method="GET", url=url, target=parse(url)))
    del transport
    gc.collect()
    peer.wait_until_idle()


def test_many_threads_share_one_transport(serve, callers, peers):
    def handle(connection):
        for request in iter(connection.request, b""):
            name = request.partition(b" ")[2].partition(b" ")[0]
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(name), name))

    caller, peer = callers(), serve(handle)
    answers = {}

    def work(name):
        paths = [f"/{name}/{turn}" for turn in range(50)]
        answers[name] = [caller.send(peer.url(path)).body.decode() for path in paths]

    threads = [threading.Thread(target=work, args=(name,)) for name in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {name: [f"/{name}/{turn}" for turn in range(50)] for name in range(16)}
    assert peer.accepted <= 16


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_process_does_not_speak_on_its_parents_connections(serve, callers, peers):
    caller, peer = callers(), serve(peers.answering(peers.OK))
    caller.send(peer.url())
    child = os.fork()
    if child == 0:
        os._exit(len(caller.transport._pool))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    caller.send(peer.url())
    assert peer.accepted == 1


def test_importing_the_transport_imports_no_urllib3():
    code = "import sys, portcall.wire.transport, portcall.hosts.policy; sys.exit('urllib3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
