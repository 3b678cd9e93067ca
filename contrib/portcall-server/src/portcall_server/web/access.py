"""Who may see the pages, and under which addresses."""

from __future__ import annotations

import secrets
from base64 import b64decode
from binascii import Error
from collections.abc import Iterable
from hmac import compare_digest
from threading import Lock
from typing import Final, Self
from urllib.parse import urlsplit

import attrs

from portcall import Secret

LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


@attrs.frozen
class Account:
    """A name and a password, for a server that others can reach (RFC 7617)."""

    name: str
    password: Secret

    def admits(self, authorization: str) -> bool:
        """Return whether a header field ``Authorization`` is of this account; in constant time."""
        scheme, _, encoded = authorization.partition(" ")
        try:
            given = b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
        except Error:
            given = b""
        return compare_digest(given, f"{self.name}:{self.password.reveal()}".encode())


class LinkToken:
    """A token in a link that lets one browser in, once."""

    def __init__(self) -> None:
        self._value: str | None = secrets.token_urlsafe(32)
        self._lock: Final = Lock()

    @property
    def value(self) -> str:
        """The token; empty once it was used."""
        return self._value or ""

    def redeem(self, given: str) -> bool:
        """Use the token up; false if it is another one, or was used before."""
        with self._lock:
            if self._value is None or not compare_digest(self._value.encode(), given.encode()):
                return False
            self._value = None
            return True


@attrs.frozen(kw_only=True)
class Access:
    """Who may see the pages, and under which addresses.

    Args:
        hosts: Values of the header field ``Host`` that are answered: ``127.0.0.1:8718``.
        origins: Origins (RFC 6454) whose pages may send forms: ``http://127.0.0.1:8718``.
        account: Who may see the pages; None where the link alone lets a browser in.
        token: Of the link; None where an account does.
    """

    hosts: frozenset[str]
    origins: frozenset[str]
    account: Account | None = None
    token: LinkToken | None = None

    @classmethod
    def at(cls, address: str, port: int, *, url: str = "", account: Account | None = None) -> Self:
        """Return the access to a server.

        Args:
            address: What it listens on.
            port: Its port.
            url: Where it is reached, if that is another address: behind a proxy, say.
            account: Who may see the pages.
        """
        names = [*LOOPBACK, bracketed(address)]
        hosts = {*_with_port(names, port)}
        origins = {f"http://{host}" for host in hosts}
        if url:
            parts = urlsplit(url)
            hosts.add(parts.netloc.lower())
            origins.add(f"{parts.scheme}://{parts.netloc}".lower())
        token = None if account else LinkToken()
        return cls(hosts=frozenset(hosts), origins=frozenset(origins), account=account, token=token)


def bracketed(address: str) -> str:
    """Return an address as it stands in a URL."""
    return f"[{address}]" if ":" in address else address.lower()


def _with_port(names: Iterable[str], port: int) -> Iterable[str]:
    for name in names:
        yield f"{name}:{port}"
        if port == 80:
            yield name
