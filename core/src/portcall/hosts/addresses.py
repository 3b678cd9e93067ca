"""Which addresses may be connected to: public ones, and what the operator allows by name.

The tables are our own because those of ``ipaddress`` differ between Python versions. Sources: the
IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), RFC 6052, RFC 8215, RFC 3056,
RFC 4380.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

import attrs

from portcall.errors import HookError, SettingsError
from portcall.hosts.patterns import Pattern

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers
        "127.0.0.0/8",
        "169.254.0.0/16",  # link local; cloud metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
)
_GLOBAL_6: Final = IPv6Network("2000::/3")
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_PRIVATE_SUFFIXES: Final = (
    ".localhost", ".local", ".internal", ".lan", ".intranet", ".home.arpa", ".test",
)  # fmt: skip
_NAT64: Final = IPv6Network("64:ff9b::/96")


@attrs.frozen
class Allowed:
    """What an operator allows beyond the rule: hosts by name, networks by number.

    Args:
        patterns: Host names, also as ``*.suffix``, with a port where only that port is meant.
        networks: Networks whose addresses are allowed under every name.
    """

    patterns: tuple[Pattern, ...] = ()
    networks: tuple[Network, ...] = ()

    def host(self, host: str, port: int) -> bool:
        """Return whether the operator named this host, or the network of this address."""
        if any(pattern.covers(host, port) for pattern in self.patterns):
            return True
        address = literal(host) if self.networks else None
        return address is not None and self.address(address)

    def address(self, address: Address) -> bool:
        """Return whether the operator named a network with this address, as written or unwrapped."""
        forms = {address, unwrap(address)}
        return any(form in network for form in forms for network in self.networks)

    def reaches(self, host: str, port: int, address: Address) -> bool:
        """Return whether *host* may be talked to at *address*.

        Args:
            host: The name that led here.
            port: The port to connect to.
            address: What is connected to, as the system gave it.
        """
        return is_public(address) or self.host(host, port) or self.address(address)


@lru_cache(maxsize=256)
def allowed(entries: tuple[str, ...], what: str = "allow_private") -> Allowed:
    """Read what an operator wrote into a list of allowances.

    Args:
        entries: ``"host"``, ``"host:port"``, ``"*.suffix"``, ``"10.0.0.7"``, ``"10.0.0.0/8"``.
        what: The option's name, for messages.

    Raises:
        SettingsError: An entry is none of these.
    """
    patterns: list[Pattern] = []
    networks: list[Network] = []
    for entry in entries:
        network = _network(entry)
        if network is None:
            patterns.append(_pattern(entry, what))
        else:
            networks.append(network)
    return Allowed(tuple(patterns), tuple(networks))


def allow(entries: Sequence[str], what: str = "allow_private") -> Allowed:
    """Read any sequence of allowances; see `allowed`."""
    if isinstance(entries, str):
        raise SettingsError(f"{what} is a list of hosts, not one text: write [{entries!r}]")
    return allowed(tuple(entries), what)


def literal(host: str) -> Address | None:
    """Read *host* as an address; None if it is a name."""
    if ":" not in host and not host[-1:].isdigit():
        return None
    try:
        return ip_address(host)
    except ValueError:
        return None


def unwrap(address: Address) -> Address:
    """Return the IPv4 address that traffic to an IPv4-mapped or NAT64 address ends at."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def is_public(address: Address) -> bool:
    """Return whether *address* is a global unicast address of the public Internet.

    Mapped and NAT64 addresses are judged by the IPv4 address inside. 6to4, Teredo, site-local,
    scoped, local NAT64 (64:ff9b:1::/48), multicast and every unassigned range are not public.
    """
    inner = unwrap(address)
    if isinstance(inner, IPv4Address):
        return not any(inner in network for network in _NOT_PUBLIC_4)
    if inner.scope_id is not None or inner not in _GLOBAL_6:
        return False
    return not any(inner in network for network in _NOT_PUBLIC_6)


def is_private_name(host: str) -> bool:
    """Return whether *host*, by its form alone, leads to no public address: ``localhost``, ``10.0.0.7``.

    Args:
        host: As in `Url.host`. Of names only those count that no public zone has: one label, and the
            special names of RFC 6761, RFC 6762, RFC 8375 and the reserved ``internal``.
    """
    address = literal(host)
    if address is not None:
        return not is_public(address)
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)


def _network(entry: str) -> Network | None:
    try:
        return ip_network(entry)
    except ValueError:
        return None


def _pattern(entry: str, what: str) -> Pattern:
    try:
        return Pattern.read(entry, registries=True)
    except HookError:
        pass
    raise SettingsError(f"{what}: {entry!r} is not a host, host:port, *.suffix, address or network")
