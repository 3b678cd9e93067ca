"""``portcall key``: encrypt what is kept, with which key."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import Final

import click

from portcall.cli.connections.given_settings import on_terminal
from portcall.cli.connections.new_name import stored_where
from portcall.cli.flags.base_command import Command, json_option
from portcall.cli.state import State
from portcall.cli.terminal.output import write, write_json
from portcall.store import SQLiteStore, SqlStore, StoreKeyError, create_key, home, open_store
from portcall.store.keys import KEY_FILE

VARIABLES: Final = ("PORTCALL_KEY", "PORTCALL_KEY_COMMAND")
SHARED: Final = (
    "the store at {} is shared, and so must its key be: set PORTCALL_KEY for every process that uses "
    "it, to what this prints: openssl rand -base64 32 | tr +/ -_"
)


@click.group("key")
def command() -> None:
    """Encrypt the stored connections."""


@command.command("init", cls=Command, short_help="Create a key file, and encrypt with it.")
@json_option
@click.pass_obj
def init(state: State, *, as_json: bool) -> None:
    """Create a key file for this user, and encrypt the stored connections with it."""
    store = open_store()
    if not isinstance(store, SQLiteStore):
        raise StoreKeyError(SHARED.format(store.status().place))
    given = next((name for name in VARIABLES if name in os.environ), None)
    if given:
        raise StoreKeyError(f"{given} gives the key already; change it with: portcall key rotate")
    if find_spec("cryptography") is None:
        raise StoreKeyError(
            "encryption needs a package that is not installed: portcall plugins install 'portcall[cli]'"
        )
    lost = store.unreadable()
    if lost:  # said before a key is made that would not read them either
        found = store.status()
        raise StoreKeyError(
            f"{len(lost)} of the {_connections(found.records, verb=False)} in {found.place} cannot be read: "
            f"give back the key that they were encrypted with, in {home() / KEY_FILE} or {VARIABLES[0]}, or "
            "forget what is lost with: portcall key reset; nothing was changed"
        )
    file = create_key()
    count = store.rotate()
    if as_json:
        write_json({"key": str(file), "encrypted": count}, state)
        return
    write(f"The key is {file}: keep a copy elsewhere; without it the connections are lost.")
    write(f"{_connections(count)} encrypted with it.")


@command.command("rotate", cls=Command, short_help="Encrypt with a new key.")
@json_option
@click.pass_obj
def rotate(state: State, *, as_json: bool) -> None:
    """Encrypt the whole store with a new key, while other processes read and write.

    A key file gets a new key. If the key comes from elsewhere, put the new key before the old one,
    separated by a comma, and then run this.
    """
    store = open_store()
    if not isinstance(store, SqlStore):
        raise StoreKeyError("a store of this kind changes its key by itself")
    count, now = store.rotate(), store.status()
    if as_json:
        write_json({"key": now.key_origin, "key_id": now.key_id, "encrypted": count}, state)
        return
    write(f"{_connections(count)} encrypted with the key {now.key_id} of {now.key_origin}.")


@command.command("reset", cls=Command, short_help="Continue without a lost key.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def reset(state: State, *, yes: bool, as_json: bool) -> None:
    """Remove the connections whose key is lost; the readable ones stay.

    From then on, the store's key is the one that is configured now, if any.
    """
    store = open_store()
    if not isinstance(store, SqlStore):
        raise StoreKeyError("a store of this kind manages its key by itself")
    lost = [state.line(name) for name in store.unreadable()]
    if lost and not yes:
        about = f"{_connections(len(lost))} lost: {', '.join(lost)}"
        if not on_terminal():
            raise click.UsageError(f"{about}; --yes removes what is lost")
        click.confirm(f"{about}. Remove what is lost?", abort=True, err=True)
    removed, kept = store.forget_unreadable(), store.names()
    if as_json:
        write_json({"lost": list(removed), "kept": list(kept)}, state)
        return
    for name in removed:
        write(f"{state.line(name)} is lost: connect it again.")
    write(f"{_connections(len(kept))} kept in {stored_where(store)}.")


@command.command(
    "status",
    cls=Command,
    short_help="Show whether the store is encrypted, and where the key comes from.",
)
@json_option
@click.pass_obj
def status(state: State, *, as_json: bool) -> None:
    """Show whether the stored connections are encrypted, and where the key comes from."""
    store = open_store()
    now = store.status()
    if as_json:
        about = {"place": now.place, "encryption": now.encryption, "key": now.key_origin or None}
        write_json({**about, "records": now.records, "readable": now.readable}, state)
        return
    write(f"{_connections(now.records)} kept in {stored_where(store)}.")
    if now.key_origin:
        write(f"The key comes from {now.key_origin}.")


def _connections(count: int, *, verb: bool = True) -> str:
    noun = f"{count} connection{'s'[: count != 1]}"
    return f"{noun} {'is' if count == 1 else 'are'}" if verb else noun
