"""Drive a host with hostile settings; print every lookup and connection as JSON, and go nowhere.

Runs as a program of its own, as an audit hook cannot be taken off again.
"""

from __future__ import annotations

import json
import socket
import sys
from importlib import import_module
from itertools import product
from typing import Any

import attrs

from portcall.errors import PortcallError
from portcall.fields import field
from portcall.host import Host
from portcall.model.http_request import RequestOptions
from portcall.model.limits import Limits
from portcall.plugins.hookimpls import hookimpl
from portcall.secret import Secret

EVIL = (
    "evil.test", "evil.test:443", "evil.test:8443", "user@evil.test", "user:pw@evil.test", "localhost",
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "0x7f.1", "[::1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[fe80::1%25eth0]", "169.254.169.254",
    "evil.test.", "e\u0432il.test", "xn--eil-3xc.test", "\u24d4vil.test", "EVIL.TEST", "ev\u0131l.test",
    "fa\u00df.test", "evil.test%2eexample.com", "evil.test%00", "a" * 64, "a." * 130,
)  # fmt: skip
BREAKS = (
    "", "/", "//", "?", "#", "\\", "/\\", "@", ":", ":443", ":443/", ":443#", "%2f", "%23", "%3f", "%40",
    "%5c", "%00", "\0", "\t", "\n", "\r\n", " ", "\u00a0", "\u200b", "\u3002", "\uff0e", "\uff0f", "\uff03",
    "\uff20", "\uff1f", "\uff3c", "\u2044", "\u2100", ";", ",", "&", "[", "]", "..", ".",
)  # fmt: skip
SUBDOMAINS = sorted(
    {
        form
        for evil, stop in product(EVIL, BREAKS)
        for form in (evil + stop, stop + evil, f"a{stop}{evil}{stop}")
    }
)
ENDPOINTS = sorted(
    {
        f"{start}{value}"
        for start in ("https://", "http://", "//", "https:/", "")
        for value in SUBDOMAINS[::5]
    }
)


@attrs.frozen
class Settings:
    """What a hostile customer fills in."""

    where: str = field(label="Where", description="Anything.")
    api_key: Secret = field(label="API key", description="A secret.")


class Destination:
    """Builds its URL the way many do."""

    @hookimpl
    def auth_fields(self) -> type[Settings]:
        """Declare the settings."""
        return Settings


class Below(Destination):
    """One subdomain for each customer."""

    @hookimpl
    def allowed_hosts(self) -> list[str]:
        """Declare them all."""
        return ["*.example.com"]

    @hookimpl
    def extend_request(self, settings: Settings) -> RequestOptions:
        """Paste, do not build."""
        return RequestOptions(
            base_url=f"https://{settings.where}.example.com/api",
            headers={"x-api-key": settings.api_key},
        )


class Typed(Destination):
    """The customer types the URL."""

    @hookimpl
    def allowed_hosts(self) -> list[str]:
        """Declare what the customer typed."""
        return ["{where}"]

    @hookimpl
    def extend_request(self, settings: Settings) -> RequestOptions:
        """Use it."""
        return RequestOptions(base_url=settings.where, headers={"x-api-key": settings.api_key})


class Watch:
    """Notes where the process wants to go, and keeps it from going."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int]] = []

    def __call__(self, event: str, details: tuple[Any, ...]) -> None:
        """Note one event of the interpreter."""
        if event == "socket.getaddrinfo":
            self.seen.append((event, str(details[0]), details[1]))
            raise socket.gaierror(socket.EAI_NONAME, "nobody goes anywhere here")
        if event.startswith("socket.") and event not in {"socket.__new__", "socket.gethostname"}:
            address = details[1] if len(details) > 1 else details
            self.seen.append((event, str(address[0]), address[1]))
            raise ConnectionRefusedError(111, "nobody goes anywhere here")


def drive(host: Host, slug: str, value: str) -> str:
    """Try three requests with one value; return the name of the last error."""
    outcome = ""
    for url in ("/x", "", "?a=b"):
        try:
            settings = {"where": value, "api_key": "tell-nobody"}
            host.destination(slug).connect(settings).client.get(url)
        except PortcallError as error:
            outcome = type(error).__name__
            if "tell-nobody" in str(error):
                outcome = "LEAK"
    return outcome


def main() -> None:
    """Drive everything, print what was seen."""
    import_module("urllib3.connection")  # binds a socket to see whether there is IPv6
    watch = Watch()
    sys.addaudithook(watch)
    host = Host(plugins={"below": Below(), "typed": Typed()}, limits=Limits(timeout_s=5.0))
    report = []
    for slug, values in (("below", SUBDOMAINS), ("typed", ENDPOINTS)):
        for value in values:
            watch.seen.clear()
            outcome = drive(host, slug, value)
            report.append([slug, value, outcome, list(watch.seen)])
    json.dump(report, sys.stdout)


if __name__ == "__main__":
    main()
