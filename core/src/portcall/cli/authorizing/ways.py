"""Choose how to get the credentials of a destination."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import click

from portcall.cli.authorizing.authorization_options import AuthorizationOptions, Keep
from portcall.cli.authorizing.browser import elsewhere, in_browser
from portcall.cli.authorizing.tokens import read_token
from portcall.cli.connections.given_settings import auth_names, on_terminal
from portcall.connection import Connection
from portcall.errors import SettingsError
from portcall.previews.sign_in_ways import (
    endpoints_of,
    has_device_sign_in,
    has_page,
    sign_in_way,
)
from portcall.schemes.oauth2.device import DeviceCode
from portcall.schemes.oauth2.endpoints import OAuth2Endpoints
from portcall.schemes.oauth2.flows import DeviceFlow, machine_sign_in

Way: TypeAlias = Callable[[Keep], None]


def find_way(connection: Connection, asked: AuthorizationOptions) -> Way | None:
    """Return the way that was asked for, else the destination's own; None if it needs no authorization.

    Raises:
        UsageError: The destination does not support the way that was asked for.
        SettingsError: The destination can only be given a token.
    """
    endpoints = endpoints_of(connection)
    if asked.with_token:
        return _with_token(connection, endpoints)
    if asked.device:
        if not has_device_sign_in(connection):
            raise click.UsageError(f"{connection.destination.slug} has no --device sign-in")
        return partial(_on_device, connection, asked)
    way = _own_way(connection, asked)
    if way is not None or not auth_names(connection.destination) or _does_without(connection):
        return way
    if on_terminal():
        return _with_token(connection, endpoints)
    raise SettingsError(
        f"{connection.destination.slug} has no page to authorize it on: give its token to --with-token"
    )


def _own_way(connection: Connection, asked: AuthorizationOptions) -> Way | None:
    """Return the destination's own way, as this program goes it."""
    way = sign_in_way(connection)
    if way == "machine":
        return partial(_as_machine, connection)
    if way == "page":
        return partial(elsewhere if asked.no_browser else in_browser, connection, asked)
    return partial(_on_device, connection, asked) if way == "device" else None


def _does_without(connection: Connection) -> bool:
    """Return whether a destination that declares endpoints has none for these settings, but an API key."""
    hooks = connection.destination.stack.hooks
    declares = hasattr(hooks, "oauth2_endpoints") and hooks.oauth2_endpoints.get_hookimpls()
    secrets = [field.name for field in connection.destination.fields if field.secret]
    has_key = any(getattr(connection.settings, name) for name in secrets)
    return bool(declares) and has_key and endpoints_of(connection) is None


def _with_token(connection: Connection, endpoints: OAuth2Endpoints | None) -> Way:
    if not auth_names(connection.destination) and not has_page(connection):
        raise click.UsageError(
            f"{connection.destination.slug} takes no token: its credentials are among its fields"
        )
    return partial(_by_token, endpoints)


def _by_token(endpoints: OAuth2Endpoints | None, keep: Keep) -> None:
    keep(read_token(endpoints))


def _as_machine(connection: Connection, keep: Keep) -> None:
    keep(connection.authorize(machine_sign_in))


def _on_device(connection: Connection, asked: AuthorizationOptions, keep: Keep) -> None:
    def show(code: DeviceCode) -> None:
        line = asked.state.line
        asked.tell(
            f"On any device, open {line(code.verification_url)}\n"
            f"and enter the code {line(code.user_code)}"
        )
        if code.verification_url_complete:
            asked.tell(f"or open {line(code.verification_url_complete)}")
        asked.tell(f"Waiting until then, {code.lifetime_s:.0f} s at most ...")

    keep(connection.authorize(DeviceFlow(show)))
