"""Several addresses of one name: a dead one costs a quarter of a second once, and no request."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from ipaddress import ip_address

import pytest

from portcall.errors import ConnectError, DeadlineError, Sent
from portcall.wire import happy_eyeballs
from portcall.wire.happy_eyeballs import Unreachable, in_turn
from portcall.wire.resolver import Endpoint


@pytest.fixture
def dead():
    """Make addresses of loopback silent on a port: what is sent to connect there gets no answer."""
    with ExitStack() as stack:

        def make(address, port):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            full = stack.enter_context(socket.socket(family))
            full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            full.bind((address, port))
            full.listen(0)
            for _ in range(4):
                waiting = stack.enter_context(socket.socket(family))
                waiting.setblocking(False)
                waiting.connect_ex((address, port))

        yield make


def endpoint(address, port=443):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    place = (address, port, 0, 0) if ":" in address else (address, port)
    return Endpoint(family, ip_address(address), place)


@pytest.mark.parametrize("silent", ["127.0.0.2", "::1"])
def test_a_dead_first_address_costs_its_head_start_once(
    silent, serve, callers, peers, names, dead, monkeypatch
):
    peer = serve(peers.answering(peers.OK, then_close=True))
    dead(silent, peer.port)
    names["two.example"] = [[silent, "127.0.0.1"]]
    caller = callers()
    assert caller.send(peer.url(host="two.example"), connect_timeout_s=5.0).body == b"ok"
    monkeypatch.setattr(happy_eyeballs, "HEAD_START_S", 60.0)
    for _ in range(3):  # each would wait for good, were the dead address tried first again
        assert caller.send(peer.url(host="two.example"), connect_timeout_s=5.0).body == b"ok"
    assert peer.accepted == 4


def test_several_dead_addresses_cost_a_head_start_each(serve, callers, peers, names, dead):
    peer = serve(peers.answering(peers.OK))
    silent = [f"127.0.0.{number}" for number in range(2, 6)]
    for address in silent:
        dead(address, peer.port)
    names["many.example"] = [[*silent, "127.0.0.1"]]
    assert callers().send(peer.url(host="many.example"), connect_timeout_s=5.0).body == b"ok"


def test_a_refusal_starts_the_next_address_at_once(serve, callers, peers, names, monkeypatch):
    monkeypatch.setattr(happy_eyeballs, "HEAD_START_S", 60.0)
    peer = serve(peers.answering(peers.OK))
    names["two.example"] = [["127.0.0.2", "127.0.0.3", "127.0.0.1"]]
    assert callers().send(peer.url(host="two.example"), connect_timeout_s=5.0).body == b"ok"


def test_a_refusal_behind_a_dead_address_does_not_end_the_race(
    serve, callers, peers, names, dead, monkeypatch
):
    monkeypatch.setattr(happy_eyeballs, "HEAD_START_S", 0.05)
    peer = serve(peers.answering(peers.OK))
    dead("127.0.0.2", peer.port)
    names["three.example"] = [["127.0.0.2", "127.0.0.3", "127.0.0.1"]]
    assert callers().send(peer.url(host="three.example"), connect_timeout_s=5.0).body == b"ok"


def test_an_address_that_was_dead_is_used_where_no_other_answers(
    serve, callers, peers, names, dead, monkeypatch
):
    monkeypatch.setattr(happy_eyeballs, "HEAD_START_S", 0.05)
    peer = serve(peers.answering(peers.OK, then_close=True))
    names["two.example"] = [["127.0.0.2", "127.0.0.1"], ["127.0.0.2"]]
    caller = callers()
    assert caller.send(peer.url(host="two.example")).body == b"ok"
    with socket.create_server(("127.0.0.2", peer.port)) as revived:
        with pytest.raises(DeadlineError):  # connected, and no answer
            caller.send(peer.url(host="two.example"), timeout_s=0.3)
        revived.accept()[0].close()


def test_addresses_that_are_all_dead_end_in_time(serve, callers, peers, names, dead):
    peer = serve(peers.answering(peers.OK))
    for address in ("127.0.0.2", "127.0.0.3"):
        dead(address, peer.port)
    names["dead.example"] = [["127.0.0.2", "127.0.0.3"]]
    with pytest.raises(DeadlineError) as caught:
        callers().send(peer.url(host="dead.example"), connect_timeout_s=0.4)
    assert caught.value.sent is Sent.NO


def test_addresses_that_all_refuse_are_no_connection(serve, callers, peers, names):
    port = serve(peers.answering(peers.OK)).port
    names["gone.example"] = [["127.0.0.2", "127.0.0.3"]]
    with pytest.raises(ConnectError, match="refused") as caught:
        callers().send(f"http://gone.example:{port}/")
    assert caught.value.sent is Sent.NO


def test_an_address_family_that_the_system_lacks_is_passed_over(
    serve, callers, peers, names, monkeypatch
):
    make = happy_eyeballs._socket

    def without_ipv6(family):
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return make(family)

    monkeypatch.setattr(happy_eyeballs, "_socket", without_ipv6)
    peer = serve(peers.answering(peers.OK))
    names["two.example"] = [["::1", "127.0.0.1"]]
    assert callers().send(peer.url(host="two.example")).body == b"ok"


def test_the_families_take_turns_and_the_dead_come_last():
    unreachable = Unreachable()
    given = [endpoint(text) for text in ("::1", "::2", "::3", "1.1.1.1", "2.2.2.2")]
    unreachable.add(endpoint("::1"))
    ordered = [str(one.address) for one in in_turn(given, unreachable)]
    assert ordered == ["1.1.1.1", "::2", "2.2.2.2", "::3", "::1"]


def test_what_is_remembered_is_bounded_and_forgotten(monkeypatch):
    unreachable = Unreachable()
    for port in range(1000, 2000):
        unreachable.add(endpoint("::1", port))
    assert sum(endpoint("::1", port) in unreachable for port in range(1000, 2000)) == 256
    now = happy_eyeballs.monotonic()
    monkeypatch.setattr(happy_eyeballs, "monotonic", lambda: now + 301.0)
    assert endpoint("::1", 1999) not in unreachable
