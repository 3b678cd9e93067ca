"""Addresses: what is public, and what an operator allows."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from hypothesis import given, strategies as st

from portcall.errors import SettingsError
from portcall.hosts.addresses import allow, is_public, literal, unwrap


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "1.1.1.1", "93.184.216.34", "223.255.255.254", "2606:4700::1111", "2a00:1450::1",
     "::ffff:8.8.8.8", "64:ff9b::808:808", "2400:cb00::1"],
)  # fmt: skip
def test_public(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    ["0.1.2.3", "10.255.255.255", "100.127.255.255", "127.0.0.1", "169.254.169.254", "172.20.0.1",
     "192.0.0.1", "192.88.99.1", "192.168.255.255", "198.19.255.255", "198.51.100.1", "203.0.113.1",
     "224.0.0.251", "239.1.1.1", "255.255.255.255", "::", "::1", "::8.8.8.8", "::ffff:192.168.0.1",
     "64:ff9b::10.0.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:20::1", "2001:db8::1",
     "2002:c0a8:1::1", "fc00::1", "fdff::1", "fe80::1", "fe80::1%eth0", "2606:4700::1%eth0", "fec0::1",
     "ff05::1", "3fff:fff::1"],
)  # fmt: skip
def test_not_public(text):
    assert not is_public(ip_address(text))


@given(st.ip_addresses())
def test_never_more_than_the_standard_library_allows(address):
    if is_public(address):
        inner = unwrap(address)
        assert inner.is_global
        assert not inner.is_multicast
        assert not inner.is_reserved


def test_a_host_that_is_an_address():
    assert literal("10.0.0.1") == ip_address("10.0.0.1")
    assert literal("::1") == ip_address("::1")
    assert literal("example.com") is None
    assert literal("s3") is None


@pytest.mark.parametrize(
    ("entry", "host", "port"),
    [
        ("localhost", "localhost", 1), ("LOCALHOST", "localhost", 1),
        ("erp.internal:8443", "erp.internal", 8443),
        ("*.internal", "a.b.internal", 1), ("10.0.0.0/8", "10.9.9.9", 1), ("10.0.0.7", "10.0.0.7", 1),
        ("::1", "::1", 1), ("[::1]:80", "::1", 80), ("fd00::/8", "fd12::1", 1),
        ("10.0.0.7:80", "10.0.0.7", 80),
    ],
)  # fmt: skip
def test_hosts_the_operator_allows(entry, host, port):
    assert allow([entry]).host(host, port)


@pytest.mark.parametrize(
    ("entry", "host", "port"),
    [
        ("localhost", "a.localhost", 1), ("erp.internal:8443", "erp.internal", 443),
        ("*.internal", "internal", 1),
        ("*.internal", "xinternal", 1), ("10.0.0.0/8", "11.0.0.1", 1), ("10.0.0.0/8", "ten.example.com", 1),
        ("[::1]:80", "::1", 81),
    ],
)  # fmt: skip
def test_hosts_the_operator_does_not_allow(entry, host, port):
    assert not allow([entry]).host(host, port)


def test_a_network_reaches_through_any_name():
    allowed = allow(["10.0.0.0/8"])
    assert allowed.reaches("erp.example.com", 443, ip_address("10.1.1.1"))
    assert allowed.reaches("erp.example.com", 443, ip_address("::ffff:10.1.1.1"))
    assert not allowed.reaches("erp.example.com", 443, ip_address("192.168.1.1"))


@pytest.mark.parametrize(
    "entry", ["*", "a/b", "10.0.0.1/8", "http://h", "h:0", "h:99999", "", "a b", "[::1"]
)
def test_entries_that_say_nothing(entry):
    with pytest.raises(SettingsError, match="allow_http"):
        allow([entry], "allow_http")
