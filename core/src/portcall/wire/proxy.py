"""Proxies of the environment, where the operator opted in: a tunnel for every scheme."""

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
from portcall.wire.reader import Reader

_CAPS: Final = Caps()


@attrs.frozen
class Proxy:
    """An HTTP proxy.

    Args:
        url: Its host and port.
        login: ``Basic`` and the encoded pair, where the environment has user name and password.
    """

    url: Url
    login: Secret | None = None


def proxy_for(url: Url) -> Proxy | None:
    """Return the proxy that ``HTTPS_PROXY``, ``HTTP_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` mean.

    Raises:
        SettingsError: What the environment names is no ``http://host:port``.
    """
    text = _configured(url)
    if text is None:
        return None
    proxy = _parsed(text)
    del text  # a traceback shows what is left here
    if proxy is None:
        raise SettingsError(f"the environment's proxy for {url.scheme} is no http://host:port")
    return proxy


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
    try:
        status = read_head(reader, _CAPS).status
        reason = f"answered {status}" if status >= 300 or reader.leftover else ""
    except TransportError as error:
        reason = f"failed: {error}"
    if reason:
        raise ConnectError(f"{url.place}: the proxy {proxy.url.place} {reason}")


def _configured(url: Url) -> str | None:
    # A CGI script's HTTP_PROXY is the Proxy header of whoever called it (CVE-2016-5385).
    from urllib.request import getproxies_environment  # noqa: PLC0415  # few opt in

    proxies = {} if "REQUEST_METHOD" in os.environ else getproxies_environment()
    text = proxies.get(url.scheme) or proxies.get("all")
    return text if text and not _is_exempt(url, proxies.get("no", "")) else None


def _parsed(text: str) -> Proxy | None:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        if parts.scheme == "http" and parts.hostname:
            return Proxy(Url("http", _host(parts), parts.port or 80, "/"), _login(parts))
    except (ValueError, PolicyError):
        pass
    return None


def _is_exempt(url: Url, no_proxy: str) -> bool:
    """Return whether ``NO_PROXY`` has this host: ``"*"``, a name and all below it, also with a port."""
    entries = [entry.strip().lower().lstrip("*.") for entry in no_proxy.split(",")]
    return no_proxy.strip() == "*" or any(
        host == entry or host.endswith(f".{entry}")
        for entry in entries
        for host in (url.host, url.place)
        if entry
    )


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    return host_of(f"[{name}]" if ":" in name else name)


def _login(parts: SplitResult) -> Secret | None:
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Secret(f"Basic {b64encode(pair.encode()).decode()}")
