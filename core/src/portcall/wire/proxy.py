"""Proxies of the environment, where the operator opted in."""

from __future__ import annotations

import os
import socket
from base64 import b64encode
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import attrs

from portcall.errors import ConnectError, PolicyError, SettingsError, TransportError
from portcall.secret import Secret
from portcall.urls import Url, host_of
from portcall.wire.head import read_head
from portcall.wire.limits import Caps, left
from portcall.wire.no_proxy import is_exempt
from portcall.wire.reader import Reader

_CAPS: Final = Caps()


@attrs.frozen
class Proxy:
    """An HTTP proxy: ``https`` goes through it in a tunnel, ``http`` as a request to it.

    Args:
        url: Its host and port.
        login: ``Basic`` and the encoded pair, where the environment has user name and password.
    """

    url: Url
    login: Secret | None = None

    def refusal(self, url: Url, status: int) -> ConnectError:
        """Build the error for a *status* with which the proxy keeps a request from *url*."""
        advice = ": it wants http://user:password@host:port in the environment"
        return ConnectError(
            f"{url.place}: the proxy {self.url.place} answered {status}{advice if status == 407 else ''}"
        )


def proxy_for(url: Url) -> Proxy | None:
    """Return the proxy that ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` mean.

    Of two spellings of one name the lower-case one counts.

    Raises:
        SettingsError: What the environment names is no ``http://host:port``; names the variable.
    """
    for name in (f"{url.scheme}_proxy", "all_proxy"):
        variable, text = _variable(name)
        if text and not is_exempt(url, _variable("no_proxy")[1]):
            scheme = text.partition("://")[0].lower() if "://" in text else "http"
            proxy = _parsed(text) if scheme == "http" else None
            del text  # a traceback shows what is left here
            if proxy is None:
                raise _unusable(variable, scheme)
            return proxy
    return None


def tunnel(sock: socket.socket, proxy: Proxy, url: Url, ends_at: float) -> None:
    """Have the proxy connect *sock* to where *url* leads (RFC 9110 §9.3.6).

    Raises:
        ConnectError: The proxy did not.
        TimeoutError: It did not in time.
    """
    login = f"Proxy-Authorization: {proxy.login}\r\n" if proxy.login else ""
    start = f"CONNECT {url.place} HTTP/1.1\r\nHost: {url.place}\r\n"
    sock.settimeout(left(ends_at))
    sock.sendall(f"{start}{login}\r\n".encode("ascii"))
    del login  # a traceback shows what is left here
    reader = Reader(sock, proxy.url, ends_at)
    reason = "sent bytes ahead of the destination's"
    try:
        status = read_head(reader, _CAPS).status
    except TransportError as error:
        reason = f"failed: {error}"
    else:
        if status >= 300:
            raise proxy.refusal(url, status)
        if not reader.leftover:
            return
    raise ConnectError(f"{url.place}: the proxy {proxy.url.place} {reason}")


def _variable(name: str) -> tuple[str, str]:
    """Return the name that is set, lower case or upper, and its value."""
    value = os.environ.get(name)
    if value is not None:
        return name, value.strip()
    upper = name.upper()
    if upper == "HTTP_PROXY" and "REQUEST_METHOD" in os.environ:
        return upper, ""  # of a CGI script it is a header of the request (CVE-2016-5385)
    return upper, os.environ.get(upper, "").strip()


def _unusable(variable: str, scheme: str) -> SettingsError:
    known = scheme.isalnum() and len(scheme) < 12
    what = f"a {scheme}:// proxy" if known and scheme != "http" else "no http://host:port"
    return SettingsError(
        f"{variable} names {what}; supported is an HTTP proxy, http://host:port or "
        "http://user:password@host:port, through which https goes in a tunnel"
    )


def _parsed(text: str) -> Proxy | None:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.hostname:
            return Proxy(Url("http", _host(parts), parts.port or 80, "/"), _login(parts))
    except (ValueError, PolicyError):
        pass
    return None


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    return host_of(f"[{name}]" if ":" in name else name)


def _login(parts: SplitResult) -> Secret | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Secret(f"Basic {b64encode(pair.encode()).decode()}")
