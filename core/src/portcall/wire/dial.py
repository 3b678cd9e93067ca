"""New connections: looked up, held against the address guard, connected, under TLS.

urllib3 does the handshake: server name, ALPN, chain and host name are verified as its users know them. Its
connections and pools are not used: they look names up once more, after the guard has seen the addresses.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence

import attrs

from portcall.errors import ConnectError, DeadlineError, RefusedAddressError
from portcall.hosts.addresses import Allowed, literal
from portcall.urls import Url
from portcall.wire.happy_eyeballs import Unreachable, connect
from portcall.wire.limits import left
from portcall.wire.proxy import Proxy, tunnel
from portcall.wire.resolver import Endpoint, Resolve, resolve
from portcall.wire.tls import tls_error


@attrs.frozen
class Route:
    """How to get to a destination.

    Args:
        url: Its scheme, host and port count.
        allowed: What the operator allows beyond public addresses.
        unreachable: Addresses that did not answer lately.
        context: For ``https``; None for ``http``.
        proxy: To go through; it looks names up itself, so that only addresses in the URL are held
            against the guard.
        resolve: Looks a name up.
    """

    url: Url
    allowed: Allowed
    unreachable: Unreachable
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
        sock = connect(_endpoints(route, ends_at), route.unreachable, ends_at)
        try:
            return sock if route.context is None else _secured(sock, route, route.context, ends_at)
        except BaseException:
            sock.close()
            raise
    except TimeoutError:
        failure: Exception = DeadlineError(f"{place}: no connection in the time allowed")
    except ssl.SSLError as error:
        failure = tls_error(error, place)
    except OSError as error:
        failure = ConnectError(f"{place}: no connection: {error.strerror or 'it broke'}")
    raise failure


def _endpoints(route: Route, ends_at: float) -> Sequence[Endpoint]:
    """Look up the destination, or its proxy, and leave out what the address guard refuses."""
    url, proxy = route.url, route.proxy
    if proxy is None:
        return _public(route, route.resolve(url.host, url.port, ends_at))
    if literal(url.host):
        _public(route, route.resolve(url.host, url.port, ends_at))
    return route.resolve(proxy.url.host, proxy.url.port, ends_at)


def _public(route: Route, endpoints: Sequence[Endpoint]) -> Sequence[Endpoint]:
    host, port = route.url.host, route.url.port
    public = [one for one in endpoints if route.allowed.reaches(host, port, one.address)]
    if not public:
        raise RefusedAddressError(
            f"{host} leads to {endpoints[0].address}, which is not a public address; an operator "
            f"allows it with allow_private=[{host!r}]"
        )
    return public


def _secured(
    sock: socket.socket, route: Route, context: ssl.SSLContext, ends_at: float
) -> ssl.SSLSocket:
    """Begin TLS with the destination, through a tunnel where a proxy is on the way."""
    from urllib3.util import ssl_wrap_socket  # noqa: PLC0415 - takes a while; http does without

    if route.proxy is not None:
        tunnel(sock, route.proxy, route.url, ends_at)
    sock.settimeout(left(ends_at))
    secure = ssl_wrap_socket(sock, ssl_context=context, server_hostname=route.url.host)
    # A body that ends with the connection is whole only after close_notify (RFC 9112 §9.8).
    secure.suppress_ragged_eofs = False  # type: ignore[attr-defined]
    return secure
