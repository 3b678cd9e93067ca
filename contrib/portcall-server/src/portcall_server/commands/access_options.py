"""Who may see the pages, as the options of a command say it."""

from __future__ import annotations

import ipaddress
import os
from typing import Final
from urllib.parse import urlsplit

import click

from portcall import Secret
from portcall_server.web.access import Account

PASSWORD: Final = "PORTCALL_WEB_PASSWORD"  # noqa: S105  # the name of a variable
_SHORTEST: Final = 8


def asked_account(name: str | None, address: str, option: str) -> Account | None:
    """Return the account that the pages ask for; None where the link alone lets a browser in.

    Args:
        name: What the option says.
        address: What is listened on.
        option: What the option is called.

    Raises:
        UsageError: Other machines can reach the address, and there is no name, or no password of at least 8
            characters.
    """
    if name is None:
        if not is_loopback(address):
            raise click.UsageError(
                f"{address} can be reached from other machines: give {option} NAME, and a password in "
                f"{PASSWORD}"
            )
        return None
    if not name or ":" in name:
        raise click.UsageError(f"{option} takes a name without a colon")
    password = os.environ.get(PASSWORD) or click.prompt("Password", hide_input=True, err=True)
    if len(password) < _SHORTEST:
        raise click.UsageError(f"the password of {option} has at least {_SHORTEST} characters")
    return Account(name, Secret(password))


def check_url(url: str, option: str) -> None:
    """Refuse what is not an origin.

    Raises:
        UsageError: Says what one looks like.
    """
    if not url:
        return
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise click.UsageError(f"{option} takes an origin, such as https://portcall.example.com")


def is_loopback(address: str) -> bool:
    """Return whether an address is reached from this machine alone."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
