"""The address guard: held at connect time, against the address that is really connected."""

from __future__ import annotations

import socket

import pytest

from portcall.errors import RefusedAddressError, Sent, SettingsError


@pytest.fixture
def no_connects(monkeypatch):
    def connect(sock, address):
        raise AssertionError(f"connected to {address}")

    monkeypatch.setattr(socket.socket, "connect", connect)


NOT_PUBLIC = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.168.1.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
    "255.255.255.255", "240.0.0.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "100::1", "fe80::1",
    "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001::1", "2001:db8::1", "2002:7f00:1::",
    "2002:808:808::1", "2001:0:7f00:1::", "2001:10::1", "3fff::1", "5f00::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_are_not_public(address, names, no_connects, callers):
    caller = callers(allow_private=())
    names["api.example.com"] = [[address]]
    literal = f"[{address}]" if ":" in address else address
    for host in ("api.example.com", literal):
        with pytest.raises(RefusedAddressError, match="allow_private") as caught:
            caller.send(f"https://{host}/secret?secret")
        assert caught.value.sent is Sent.NO
        assert "secret" not in str(caught.value)


def test_of_several_addresses_only_public_ones_are_tried(names, monkeypatch, callers):
    tried = []

    def connect(sock, address):
        tried.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", connect)
    names["api.example.com"] = [["10.0.0.1", "93.184.216.34", "::1", "2606:4700::1"]]
    with pytest.raises(Exception, match="Connection refused"):
        callers(allow_private=()).send("https://api.example.com/")
    assert tried == ["93.184.216.34", "2606:4700::1"]


def test_a_name_that_changes_its_mind_is_checked_each_time(names, serve, callers, peers):
    peer = serve(peers.answering(peers.OK, then_close=True))
    caller = callers(allow_private=["127.0.0.1"])
    names["api.example.com"] = [["127.0.0.1"], ["127.0.0.2"]]
    url = peer.url(host="api.example.com")
    assert caller.send(url).body == b"ok"
    peer.wait_until_idle()
    with pytest.raises(RefusedAddressError, match=r"127\.0\.0\.2"):
        caller.send(url)
    assert peer.accepted == 1


def test_a_name_that_changes_its_mind_means_nothing_to_an_open_connection(
    names, serve, callers, peers
):
    peer = serve(peers.answering(peers.OK))
    names["api.example.com"] = [["127.0.0.1"], ["169.254.169.254"]]
    caller = callers(allow_private=["127.0.0.1"])
    for _ in range(3):
        assert caller.send(peer.url(host="api.example.com")).body == b"ok"
    assert (peer.accepted, len(names["api.example.com"])) == (1, 1)


def test_one_lookup_for_check_and_connect(names, serve, callers, peers):
    """Between a check and a second lookup a name could lead elsewhere; there is no second one."""
    peer = serve(peers.answering(peers.OK))
    names["api.example.com"] = [["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"]]
    callers(allow_private=["127.0.0.1"]).send(peer.url(host="api.example.com"))
    assert len(names["api.example.com"]) == 2


@pytest.mark.parametrize(
    "entry",
    [
        "api.internal",
        "*.internal",
        "127.0.0.1",
        "127.0.0.0/8",
        "api.internal:{port}",
        "API.Internal",
    ],
)
def test_what_the_operator_allows(entry, names, serve, callers, peers):
    peer = serve(peers.answering(peers.OK))
    names["api.internal"] = [["127.0.0.1"]]
    caller = callers(allow_private=[entry.format(port=peer.port)])
    assert caller.send(peer.url(host="api.internal")).body == b"ok"


@pytest.mark.parametrize(
    "entry", ["other.internal", "*.api.internal", "127.0.0.2", "api.internal:1"]
)
def test_what_the_operator_does_not_allow(entry, names, serve, callers, peers):
    peer = serve(peers.answering(peers.OK))
    names["api.internal"] = [["127.0.0.1"]]
    with pytest.raises(RefusedAddressError):
        callers(allow_private=[entry]).send(peer.url(host="api.internal"))
    assert peer.accepted == 0


@pytest.mark.parametrize(
    "entry", ["", "*", "*.*", "a b", "http://localhost", "10.0.0.1/8", "a:b", "a..b"]
)
def test_an_allowance_that_is_none(entry, callers):
    with pytest.raises(SettingsError, match="allow_private"):
        callers(allow_private=[entry])


def test_allowances_are_a_list(callers):
    with pytest.raises(SettingsError, match="a list"):
        callers(allow_private="localhost")


def test_every_address_of_a_name_gets_its_turn(names, serve, callers, peers):
    peer = serve(peers.answering(peers.OK))
    names["api.internal"] = [["127.0.0.9", "::1", "127.0.0.1"]]
    assert callers().send(peer.url(host="api.internal")).body == b"ok"
