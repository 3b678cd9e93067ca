"""Names to addresses, off the caller's thread: the system's lookup knows no deadline."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import BoundedSemaphore, Event, Thread
from typing import ClassVar, Final, TypeAlias

import attrs

from portcall.errors import ConnectError
from portcall.hosts.addresses import Address, literal
from portcall.wire.limits import left

_FAMILIES: Final = frozenset({socket.AF_INET, socket.AF_INET6})
MAX_LOOKUPS: Final = 32

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


@attrs.frozen
class Endpoint:
    """One place to connect to.

    Args:
        family: ``AF_INET`` or ``AF_INET6``.
        address: What is connected to.
        socket_address: The same, as sockets take it.
    """

    family: socket.AddressFamily
    address: Address
    socket_address: SocketAddress


Resolve: TypeAlias = Callable[[str, int, float], Sequence[Endpoint]]
"""Takes host, port and deadline, as `resolve` does."""


def resolve(host: str, port: int, ends_at: float) -> Sequence[Endpoint]:
    """Look a host up; an address is its own answer.

    Args:
        host: Lower-case ASCII name, or address.
        port: Goes into the endpoints.
        ends_at: Instant of `time.monotonic` at which waiting ends; a lookup that hangs goes on in its
            own thread, of which there are 32 at most.

    Returns:
        Endpoints in the system's order of preference.

    Raises:
        ConnectError: There is no such host.
        TimeoutError: The deadline passed.
    """
    address = literal(host)
    if address is not None:
        return [_endpoint(address, port)]
    lookup = _Lookup(host, port, ends_at)
    if not lookup.done.wait(left(ends_at)):
        raise TimeoutError
    if lookup.reason or not lookup.endpoints:
        raise ConnectError(f"{host}: no such host: {lookup.reason or 'it has no address'}")
    return lookup.endpoints


class _Lookup(Thread):
    """One call of the system's resolver."""

    places: ClassVar[BoundedSemaphore]

    def __init__(self, host: str, port: int, ends_at: float) -> None:
        super().__init__(name="portcall-lookup", daemon=True)
        self._host, self._port = host, port
        self.done = Event()
        self.endpoints: list[Endpoint] = []
        self.reason = ""
        self._place = self.places
        if not self._place.acquire(timeout=left(ends_at)):
            raise TimeoutError
        try:
            self.start()
        except BaseException:
            self._place.release()
            raise

    @classmethod
    def reset(cls) -> None:
        """Free all places: the threads that hold them stay behind in a fork."""
        cls.places = BoundedSemaphore(MAX_LOOKUPS)

    def run(self) -> None:
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
            self.endpoints = [
                Endpoint(family, ip_address(_text(place)), place)  # type: ignore[arg-type]
                for family, _, _, _, place in found
                if family in _FAMILIES
            ]
        except socket.gaierror as error:
            self.reason = error.strerror or "lookup failed"
        except (OSError, ValueError):
            self.reason = "lookup failed"
        finally:
            self._place.release()
            self.done.set()


def _text(place: tuple[object, ...]) -> str:
    """Return the address with its scope, where it has one."""
    scope = f"%{place[3]}" if len(place) > 3 and place[3] and "%" not in str(place[0]) else ""
    return f"{place[0]}{scope}"


def _endpoint(address: IPv4Address | IPv6Address, port: int) -> Endpoint:
    if isinstance(address, IPv4Address):
        return Endpoint(socket.AF_INET, address, (str(address), port))
    return Endpoint(socket.AF_INET6, address, (str(address), port, 0, 0))


_Lookup.reset()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_Lookup.reset)
