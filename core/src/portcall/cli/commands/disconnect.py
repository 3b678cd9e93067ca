"""``portcall disconnect``: give the tokens back, and forget the connection."""

from __future__ import annotations

import click

from portcall.cli.connections.given_settings import on_terminal
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.targets import remember, store_of
from portcall.cli.connections.watched_credentials import WatchedCredentials
from portcall.cli.flags.base_command import Command, json_option, name_argument
from portcall.cli.flags.connection_flags import Options, reaching
from portcall.cli.project.settled_options import settled
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import message_of
from portcall.cli.terminal.output import quiet, warn, write, write_json
from portcall.errors import PluginError, PortcallError, SettingsError
from portcall.previews.sign_in_ways import endpoints_of
from portcall.schemes.oauth2.flows import give_back
from portcall.store import Record, Store, StoreError, fetch

ALL_THE_SAME = "the connection is still stored; --no-revoke forgets it anyway"


@click.command("disconnect", cls=Command)
@name_argument
@click.option(
    "--revoke/--no-revoke",
    default=None,
    help="Revoke the tokens first (if the destination has a way to).",
)
@click.option("--yes", is_flag=True, help="Do not ask; without a terminal, there is no question.")
@reaching
@json_option
@click.pass_obj
def command(
    state: State,
    name: str,
    options: Options,
    *,
    revoke: bool | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Forget the connection NAME and its credentials."""
    store = store_of(name)
    if name not in store.names():
        fetch(store, name)  # says what is near
    if on_terminal() and not yes:
        click.confirm(f"Forget the connection {name}?", abort=True, err=True)
    revoked = revoke is not False and _give_back(state, store, name, options, demanded=bool(revoke))
    store.delete(name)
    if as_json:
        write_json({"connection": name, "revoked": revoked}, state)
        return
    write(f"{name} is forgotten{', and its tokens were revoked' if revoked else ''}.")


def _give_back(state: State, store: Store, name: str, options: Options, *, demanded: bool) -> bool:
    """Revoke what can be; say so if it cannot."""
    try:
        record = fetch(store, name)
        remember(state, record)
        return _revoke(state, store, record, options, demanded=demanded)
    except (StoreError, PluginError) as exc:  # no key, or the plugin is gone
        if demanded:
            raise
        warn(f"nothing was revoked: {state.clean(message_of(exc))}")
        return False
    except PortcallError:
        click.echo(ALL_THE_SAME, err=True)
        raise


def _revoke(
    state: State, store: Store, record: Record, options: Options, *, demanded: bool
) -> bool:
    held = record.auth.access_token or record.auth.refresh_token
    options = settled(record.name, options)
    with open_host(options) as host, quiet():
        storage = WatchedCredentials(store, record, state.remember)
        connection = load(host, record.slug).attach(record.settings, storage, name=record.name)
        if connection.destination.stack.implements("end_session"):
            return bool(connection.destination.stack.hooks.end_session(connection=connection))
        endpoints = endpoints_of(connection)
        if endpoints is None or endpoints.revoke_url is None:
            if demanded:
                raise SettingsError(f"{record.slug} cannot revoke tokens: end the access there")
            return False
        if held:
            connection.authorize(give_back)
    return bool(held)
