"""Host names and addresses, in the one form in which they are compared and resolved."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from unicodedata import category

from portcall.errors import PolicyError

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


def host_of(text: str) -> str:
    """Read a host: name in any script, IPv4 address, or IPv6 address in brackets.

    Returns:
        The host as `Url.host` has it.

    Raises:
        PolicyError: An empty or overlong label, a character no name has, a name that changes when
            it is mapped to ASCII and back, or a number that is not a dotted IPv4 address.
    """
    if text.startswith("["):
        return _ipv6(text)
    host = text.lower() if text.isascii() else _a_labels(text)
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise PolicyError(f"{shown(text)!r} is not a host name")
    if _NUMBER.fullmatch(labels[-1]):
        return _ipv4(host)
    return host


def shown(text: str) -> str:
    """Return the host part of *text* for a message: no user name, path, query or odd character."""
    authority = re.split(r"[/?#\\]", text.partition("://")[2] or text, maxsplit=1)[0]
    return ascii(authority.rpartition("@")[2][:100])[1:-1] or "(no host)"


def _a_labels(text: str) -> str:
    """Map a name to A-labels, refusing one that the mapping changes (ß, full width, ZWJ)."""
    # No symbols: some look like a slash (RFC 5892 §2).
    letters = all(char.isascii() or category(char)[0] in "LMN" for char in text)
    with suppress(UnicodeError):
        host = text.encode("idna").decode("ascii").lower()
        if letters and host.encode("ascii").decode("idna") == text.lower():
            return host
    raise PolicyError(f"{shown(text)!r} is not a host name in its final form: write it as xn--...")


def _ipv4(host: str) -> str:
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        pass
    raise PolicyError(f"{shown(host)!r} is not a dotted IPv4 address")


def _ipv6(text: str) -> str:
    try:
        if "%" not in text:
            return str(IPv6Address(text[1:-1]))
    except AddressValueError:
        pass
    raise PolicyError(f"{shown(text)!r} is not an IPv6 address without zone")
