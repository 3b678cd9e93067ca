"""The options of ``connect`` that say how a connection is to be authorized."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

import attrs
import click

from portcall.cli.state import State
from portcall.model.auth import Auth

Keep: TypeAlias = Callable[[Auth], object]
"""Stores credentials; called before they are used."""

HERE: Final = frozenset({"127.0.0.1", "localhost"})


@attrs.frozen(kw_only=True)
class AuthorizationOptions:
    """How the operator wants to authorize a connection.

    Args:
        state: For redaction.
        tell: Shows the person a line.
        no_browser: Show the page's URL, and read the redirect from stdin.
        with_token: Read the token from stdin.
        device: Let the person sign in on another device.
        port: Of the listener on this machine; 0 for any.
        redirect_url: The URL that is registered at the destination; empty for the listener's own.
        wait_s: Seconds that the person has to authorize the connection.
    """

    state: State
    tell: Callable[[str], None]
    no_browser: bool = False
    with_token: bool = False
    device: bool = False
    port: int = 0
    redirect_url: str = ""
    wait_s: float = 300.0

    def __attrs_post_init__(self) -> None:
        if self.no_browser + self.with_token + self.device > 1:
            raise click.UsageError("give one of --no-browser, --with-token and --device")
        if self.port and self.redirect_url:
            raise click.UsageError("the port is in --redirect-url already: leave --port away")
        if self.redirect_url and not self.no_browser and self._listened() is None:
            raise click.UsageError(
                "--redirect-url leads away from this machine: give --no-browser, and paste where "
                "the browser was sent to"
            )

    def listener(self) -> dict[str, Any]:
        """Return the arguments of `Loopback`, which waits for the browser's answer."""
        url = self._listened()
        if url is None:
            return {"port": self.port}
        return {"port": url.port or 80, "path": url.path or "/", "hostname": url.hostname}

    def _listened(self) -> SplitResult | None:
        """Return the parsed redirect URL if it leads to this machine."""
        with suppress(ValueError):
            url = urlsplit(self.redirect_url)
            here = url.scheme == "http" and url.hostname in HERE and not url.query
            return url if here and (url.port is None or url.port) else None
        return None
