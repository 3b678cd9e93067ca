"""``portcall rename``: call a connection by another name."""

from __future__ import annotations

import click

from portcall.cli.connections.targets import store_of
from portcall.cli.flags.base_command import Command, json_option, name_argument
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.errors import SettingsError
from portcall.plugins.catalog import survey
from portcall.store import fetch
from portcall.store.names import check_name


@click.command("rename", cls=Command)
@name_argument
@click.argument("new_name")
@json_option
@click.pass_obj
def command(state: State, name: str, new_name: str, *, as_json: bool) -> None:
    """Rename the connection NAME to NEW_NAME."""
    store = store_of(name)
    record = fetch(store, name)
    check_name(new_name)
    if new_name in survey("destinations")["destinations"] and new_name != record.slug:
        raise SettingsError(f"{new_name!r} is the name of a destination: choose another")
    store.rename(name, new_name)
    if as_json:
        write_json({"connection": new_name, "destination": record.slug}, state)
        return
    write(f"{name} is now called {new_name}.")
