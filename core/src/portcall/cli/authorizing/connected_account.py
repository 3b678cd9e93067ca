"""What ``portcall connect`` does: an account is authorized, checked, and kept under a name."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import click

from portcall.cli.authorizing.authorization_options import AuthorizationOptions
from portcall.cli.connections.authorize_and_keep import Joined, Joining, fill_in
from portcall.cli.connections.given_settings import Given, env_name
from portcall.cli.connections.new_name import Filing, new_place, old_place, stored_where
from portcall.cli.connections.open_connection import client_of
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.exit_codes import Exit
from portcall.cli.flags.connection_flags import Options
from portcall.cli.project.settled_options import said_of, settled
from portcall.cli.state import State
from portcall.cli.terminal.output import quiet, warn, write, write_json
from portcall.credentials.client_credentials import from_environment
from portcall.host import Host
from portcall.store import Record


def connect_account(
    asked: AuthorizationOptions,
    slug: str,
    name: str | None,
    options: Options,
    *,
    replace: bool,
    test: bool,
    as_json: bool,
) -> int:
    """Authorize an account, check it and keep it; return the exit code.

    Args:
        asked: How it is authorized.
        slug: The destination, or the name of a connection.
        name: What the connection is to be called; its slug if None.
        options: How to connect.
        replace: Authorize the connection of that name again.
        test: Ask the destination whose account it is.
        as_json: Print for a program.
    """
    state = asked.state
    if own_slug := said_of(slug).destination:
        slug, name = own_slug, name or slug
    options = settled(name or slug, options)
    with ExitStack() as stack:
        host = stack.enter_context(open_host(options))
        filing = _place(host, slug, name, replace=replace)
        given = fill_in(state, load(host, filing.slug), options, filing.old)
        own = client_of(filing.slug, given)
        host = stack.enter_context(open_host(options, {filing.slug: own}))
        joining = Joining(state, load(host, filing.slug), filing, given, own, options)
        with quiet():
            joined = joining.run(asked, test=test)
    if as_json:
        write_json(_about(filing, joined), state)
    else:
        _print(filing, given, joined, state)
    return _exit_code(joined, state)


def _place(host: Host, slug: str, name: str | None, *, replace: bool) -> Filing:
    """Return where the connection is stored: in a new place, or in that of the one that it replaces."""
    if not replace:
        return new_place(name or slug, host.destinations[slug].slug, host.destinations)
    filing = old_place(name or slug)
    _check_slug(filing, slug if name else filing.slug)
    return filing


def _exit_code(joined: Joined, state: State) -> int:
    """Return the exit code, after a warning about a connection that could not be checked."""
    if not joined.unchecked:
        return Exit.DONE
    reason = state.line(joined.unchecked)
    warn(f"it was not checked whether it works: {reason} (--no-test skips the check)")
    return Exit.UNCHECKED


def _print(filing: Filing, given: Given, joined: Joined, state: State) -> None:
    record = joined.record
    whose = f", as {state.line(joined.identity)}" if joined.identity else ""
    write(f"{record.name} is connected to {record.slug}{whose}.")
    write(f"It is kept in {stored_where(filing.store)}.")
    _warn_of_client(given, record)


def _check_slug(filing: Filing, slug: str) -> None:
    if slug != filing.slug:
        raise click.UsageError(
            f"{filing.name} is a connection to {filing.slug}: give that SLUG, or another --name"
        )


def _about(filing: Filing, joined: Joined) -> dict[str, Any]:
    record, status = joined.record, filing.store.status()
    return {
        "connection": record.name,
        "destination": record.slug,
        "identity": joined.identity,
        "unchecked": joined.unchecked or None,
        "replaced": filing.old is not None,
        "place": status.place,
        "encryption": status.encryption,
    }


def _warn_of_client(given: Given, record: Record) -> None:
    """A client id that was typed is gone with this process, and refreshes need it."""
    if given.auth.get("client_id") and not from_environment(record.slug).client_id:
        names = [env_name(record.slug, name) for name in ("client_id", "client_secret")]
        warn(
            f"the client id and secret are not kept with a connection: set {names[0]} and {names[1]} "
            "(or each with _FILE, naming a file) where it is used"
        )
