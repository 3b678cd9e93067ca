"""``NO_PROXY``: the hosts that are reached without the environment's proxy."""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_network
from typing import Final

import attrs

from portcall.errors import PolicyError
from portcall.hosts.addresses import Network, literal, unwrap
from portcall.urls import Url, host_of

_BETWEEN: Final = re.compile(r"[,\s]+")
_ENTRY: Final = re.compile(
    r"(?:[a-z]+://)?(?:\[([0-9a-f:.]+)\]|(?:\*?\.)?([^:/*\[\]]+?)\.?)(?::(\d{1,5}))?/?",
    re.IGNORECASE,
)


@attrs.frozen
class _Exemption:
    """One entry: a name with all names below it, an address, a network, or everything."""

    name: str = ""
    network: Network | None = None
    port: int | None = None

    def covers(self, url: Url) -> bool:
        if self.port is not None and self.port != url.port:
            return False
        address = literal(url.host)
        if self.network is not None:
            forms = () if address is None else (address, unwrap(address))
            return any(form in self.network for form in forms)
        if not self.name or url.host == self.name:
            return True
        return address is None and url.host.endswith(f".{self.name}")


def is_exempt(url: Url, no_proxy: str) -> bool:
    """Return whether ``NO_PROXY`` names the host of *url*.

    Args:
        url: Where a request goes.
        no_proxy: Entries between commas or blanks: ``*``, ``example.com`` with all names below it
            (also as ``.example.com`` and ``*.example.com``), ``10.0.0.7``, ``10.0.0.0/8``, ``::1``,
            ``[::1]``, ``fd00::/8``; with ``:port`` behind a name, an IPv4 address or brackets only
            that port. What is none of these is passed over, as other programs do.
    """
    return any(exemption.covers(url) for exemption in _exemptions(no_proxy))


@lru_cache(maxsize=16)
def _exemptions(no_proxy: str) -> tuple[_Exemption, ...]:
    read = (_read(entry) for entry in _BETWEEN.split(no_proxy) if entry)
    return tuple(exemption for exemption in read if exemption is not None)


def _read(entry: str) -> _Exemption | None:
    if entry == "*":
        return _Exemption()
    if network := _network(entry):
        return _Exemption(network=network)
    match = _ENTRY.fullmatch(entry)
    if match is None:
        return None
    port = int(match[3]) if match[3] else None
    host = match[1] or match[2]
    if network := _network(host):
        return _Exemption(network=network, port=port)
    try:
        return _Exemption(host_of(host), port=port)
    except PolicyError:
        return None


def _network(text: str) -> Network | None:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None
