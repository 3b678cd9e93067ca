"""The hosts of a connection, held against what a request is held against, before one is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import monotonic
from typing import Any, Final

from portcall.cli.destinations.declared_hosts import hosts_of
from portcall.cli.flags.connection_flags import Options
from portcall.cli.terminal.output import quiet
from portcall.connection import Connection
from portcall.errors import ConnectError, PolicyError, RefusedAddressError
from portcall.hosts.addresses import allow, literal
from portcall.model.http_request import Request
from portcall.secret import reveal
from portcall.urls import Url, parse
from portcall.wire.resolver import resolve

LOOKUP_S: Final = 10.0
"""How long a name lookup may take."""

_PROXIES: Final = (
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
)


def check_hosts(connection: Connection, options: Options) -> list[str]:
    """Return where a connection may talk; each host that a setting names is held against the rules.

    Args:
        connection: Ready to send; nothing is sent.
        options: What the operator allows.

    Raises:
        PolicyError: A request would be refused: plain http, say.
        RefusedAddressError: A host leads to an address that is not public, and is not allowed.
    """
    shown: list[str] = []
    with quiet():
        for pattern in hosts_of(connection.destination, connection.settings):
            urls = list(_urls(pattern, connection.settings))
            for url in urls:
                _check(connection, url, options)
            shown += [f"{url.scheme}://{url.authority}" for url in urls] or [pattern]
    return shown


def _urls(pattern: str, settings: Any) -> Iterator[Url]:
    """Yield the URLs in the setting that a pattern names; none for a host that the plugin names itself."""
    if not pattern.startswith("{"):
        return
    value = settings
    for part in pattern.strip("{}").split("."):
        value = getattr(value, part, None)
    for each in value if isinstance(value, list | tuple) else [value] if value else []:
        yield parse(reveal(each))


def _check(connection: Connection, url: Url, options: Options) -> None:
    try:
        connection.preview(Request(method="GET", url=f"{url.scheme}://{url.authority}/"))
    except PolicyError:
        raise
    except Exception as exc:  # noqa: BLE001  # what has no credentials yet cannot be signed
        del exc
    if options.stand_in or (any(map(os.environ.get, _PROXIES)) and not literal(url.host)):
        return  # led elsewhere, or looked up by the proxy
    allowed = allow(tuple(options.allow_private))
    try:
        found = resolve(url.host, url.port, monotonic() + LOOKUP_S)
    except (ConnectError, TimeoutError):
        return  # no rule refuses it; whether it can be reached now is for the authentication to say
    if not any(allowed.reaches(url.host, url.port, one.address) for one in found):
        raise RefusedAddressError(
            f"{url.host} leads to {found[0].address}, which is not a public address; an operator "
            f"allows it with allow_private=[{url.host!r}]"
        )
