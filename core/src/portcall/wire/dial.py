"""New connections: looked up, held against the address guard, connected, under TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Sequence
from typing import Final

import attrs
from urllib3.connection import HTTPConnection, HTTPSConnection

from portcall.errors import ConnectError, DeadlineError, RefusedAddressError
from portcall.hosts.addresses import Allowed, literal
from portcall.urls import Url
from portcall.wire.limits import left
from portcall.wire.proxy import Proxy, tunnel
from portcall.wire.resolver import Endpoint, Resolve, resolve
from portcall.wire.tls import tls_error

_NO_DELAY: Final = (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

Dial = Callable[[], socket.socket]


class _Plain(HTTPConnection):
    """Connects where it is told to, and nowhere else."""

    dial: Dial

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _Secure(HTTPSConnection):
    """The same, under TLS."""

    dial: Dial

    def _new_conn(self) -> socket.socket:
        return self.dial()


@attrs.frozen
class Route:
    """How to get to a destination.

    Args:
        url: Its scheme, host and port count.
        allowed: What the operator allows beyond public addresses.
        context: For ``https``; None for ``http``.
        proxy: To go through; it looks names up itself, so that only addresses in the URL are held
            against the guard.
        resolve: Looks a name up.
    """

    url: Url
    allowed: Allowed
    context: ssl.SSLContext | None = None
    proxy: Proxy | None = None
    resolve: Resolve = resolve


def open_socket(route: Route, ends_at: float) -> socket.socket:
    """Connect to where *route* leads.

    Args:
        route: Where, and what holds on the way.
        ends_at: Instant of `time.monotonic` at which trying ends.

    Returns:
        A connected socket, its certificate verified.

    Raises:
        RefusedAddressError: The host leads to addresses that are not public.
        TLSError: There is no TLS session that can be trusted.
        ConnectError: Nothing answers there.
        DeadlineError: The time is over.
    """
    place = route.url.place
    try:
        return _opened(route, ends_at)
    except TimeoutError:
        failure: Exception = DeadlineError(f"{place}: no connection in the time allowed")
    except ssl.SSLError as error:
        failure = tls_error(error, place)
    except OSError as error:
        failure = ConnectError(f"{place}: no connection: {error.strerror or 'it broke'}")
    raise failure


def _opened(route: Route, ends_at: float) -> socket.socket:
    connection: _Plain | _Secure
    url = route.url
    if route.context is None:
        connection = _Plain(url.host, url.port)
    else:
        connection = _Secure(url.host, url.port, ssl_context=route.context)
    connection.dial = lambda: connect(route, ends_at)
    try:
        connection.connect()
    except BaseException:
        connection.close()
        raise
    sock = connection.sock
    connection.sock = None
    if isinstance(sock, ssl.SSLSocket):
        # A body that ends with the connection is whole only after close_notify (RFC 9112 §9.8).
        sock.suppress_ragged_eofs = False  # type: ignore[attr-defined]
    return sock


def connect(route: Route, ends_at: float) -> socket.socket:
    """Connect to the first endpoint that may be talked to and answers, or to the proxy."""
    if route.proxy is None:
        return _first(
            _public(route, route.resolve(route.url.host, route.url.port, ends_at)), ends_at
        )
    if literal(route.url.host):
        _public(route, route.resolve(route.url.host, route.url.port, ends_at))
    way = route.proxy.url
    sock = _first(route.resolve(way.host, way.port, ends_at), ends_at)
    try:
        tunnel(sock, route.proxy, route.url, ends_at)
        sock.settimeout(left(ends_at))
    except BaseException:
        sock.close()
        raise
    return sock


def _public(route: Route, endpoints: Sequence[Endpoint]) -> Sequence[Endpoint]:
    host, port = route.url.host, route.url.port
    public = [one for one in endpoints if route.allowed.reaches(host, port, one.address)]
    if not public:
        raise RefusedAddressError(
            f"{host} leads to {endpoints[0].address}, which is not a public address; an operator "
            f"allows it with allow_private=[{host!r}]"
        )
    return public


def _first(endpoints: Sequence[Endpoint], ends_at: float) -> socket.socket:
    """Try each endpoint with its share of the time that is left."""
    for following in range(len(endpoints) - 1, 0, -1):
        seconds = left(ends_at) / (following + 1)
        try:
            return _connected(endpoints[-following - 1], seconds, ends_at)
        except OSError:
            continue
    return _connected(endpoints[-1], left(ends_at), ends_at)


def _connected(endpoint: Endpoint, timeout_s: float, ends_at: float) -> socket.socket:
    sock = socket.socket(endpoint.family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(*_NO_DELAY)
        sock.settimeout(timeout_s)
        sock.connect(endpoint.socket_address)
        sock.settimeout(left(ends_at))
    except BaseException:
        sock.close()
        raise
    return sock
