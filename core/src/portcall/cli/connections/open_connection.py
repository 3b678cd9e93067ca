"""From what was typed to a connection, and what to say about its tokens in the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import attrs
import click

from portcall.cli.connections.auth_file import AuthFile
from portcall.cli.connections.given_settings import (
    Given,
    ask,
    ask_token,
    auth_names,
    collect,
    on_terminal,
    secrets_of,
)
from portcall.cli.connections.open_host import load, open_host
from portcall.cli.connections.targets import Target, resolve
from portcall.cli.connections.watched_credentials import WatchedCredentials
from portcall.cli.flags.connection_flags import Options
from portcall.cli.process.late_answers import wait_for_refreshes
from portcall.cli.project.settled_options import refuse_secrets, settled
from portcall.cli.state import State
from portcall.cli.terminal.output import quiet, warn
from portcall.connection import Connection
from portcall.credentials.client_credentials import from_environment
from portcall.destination import Destination
from portcall.errors import SettingsError
from portcall.model.auth import Auth
from portcall.model.opaque import EMPTY
from portcall.store import Record, Store

if TYPE_CHECKING:
    from portcall.runs.processes.reopening import Reopening

LOST: Final = (
    "the access token was refreshed and the new one is not stored: the refresh token that was given "
    "may be used up now. Give --save-auth FILE next time, or keep it: portcall connect"
)


@attrs.frozen
class Opened:
    """A connection, and what it takes to know if its tokens were lost.

    Args:
        connection: Ready to send.
        start: The credentials it began with.
        kept: Fresh credentials are written to a file or a store.
        settings: What was filled in for this run, by field name.
        client: The host's own client id and secret, where they were given for this run.
    """

    connection: Connection
    start: Auth
    kept: bool
    settings: Mapping[str, object] = attrs.field(default=EMPTY, repr=False)
    client: Auth = attrs.field(factory=Auth, repr=False)

    def warn_if_lost(self) -> None:
        """Warn if a refresh token was used and its successor is lost with this process."""
        if not self.kept and self.start.refresh_token:
            wait_for_refreshes()
        used = self.connection.auth.access_token != self.start.access_token
        if used and not self.kept and self.start.refresh_token:
            warn(LOST)


def connect(
    state: State, destination: Destination, options: Options, *, interactive: bool = True
) -> Opened:
    """Fill in, ask for what is missing if there is a person, and connect; nothing is sent.

    Raises:
        UsageError: An option cannot be read.
        SettingsError: Lists everything that cannot be used.
    """
    given = collect(destination, options, os.environ)
    state.remember(*secrets_of(given))
    person = interactive and on_terminal()
    if person:
        ask(given, destination)
        state.remember(*secrets_of(given))
    tokens = given.to_auth()
    file = AuthFile(options.save_auth, destination.slug, tokens) if options.save_auth else None
    start = file.start() if file else tokens
    if person and not (start.access_token or start.refresh_token) and auth_names(destination):
        start = attrs.evolve(start, access_token=ask_token())
    state.remember(start)

    def save(auth: Auth) -> None:
        state.remember(auth)
        if file is not None:
            file.save(auth)

    with quiet():
        connection = destination.connect(given.settings, start, save=save)
    state.remember(connection.settings)
    return Opened(connection, start, kept=file is not None, settings=given.settings)


def attach(
    state: State, destination: Destination, kept: tuple[Store, Record], options: Options
) -> Opened:
    """Open a stored connection; ``--set`` counts for this run, and is not stored.

    Raises:
        UsageError: An option is not for stored connections.
        SettingsError: Lists everything that cannot be used.
        StoreError: It cannot be read any more.
    """
    store, record = kept
    if options.stand_in:
        raise click.UsageError(
            f"--stand-in is for SLUG: {record.name} keeps credentials that no stand-in may see"
        )
    _refuse_retired(state, destination, record)
    if options.save_auth:
        raise click.UsageError(f"--save-auth is for SLUG: {record.name} keeps its tokens itself")
    given = collect(destination, options, {})
    state.remember(*secrets_of(given))
    if given.auth.keys() & {"access_token", "refresh_token"}:
        raise click.UsageError(f"new tokens are kept, not set: {state.again} --with-token")
    with quiet(), ExitStack() as stack:
        if given.auth:
            clients = {record.slug: client_of(record.slug, given)}
            destination = stack.enter_context(open_host(options, clients)).destination(record.slug)
        storage = WatchedCredentials(store, record, state.remember)
        connection = destination.attach(
            {**record.settings, **given.settings}, storage, name=record.name
        )
    state.remember(connection.settings)
    client = client_of(record.slug, given) if given.auth else Auth()
    return Opened(connection, connection.auth, kept=True, settings=given.settings, client=client)


def _refuse_retired(state: State, destination: Destination, record: Record) -> None:
    """Refuse what was kept for fields that the installed version of the plugin does not have.

    Such a field may have said where requests go; to leave it out silently would send them elsewhere.
    """
    known = {field.name for field in destination.fields}
    retired = [f"`{name}`" for name in record.settings if name not in known]
    if retired:
        raise SettingsError(
            f"the connection {record.name} keeps {', '.join(retired)}, which is not a field of "
            f"{destination.info.source}; drop what is not a field with: {state.again}"
        )


def client_of(slug: str, given: Given) -> Auth:
    """Return the host's own client id and secret: as typed, else from the environment."""
    own = from_environment(slug)
    typed = given.to_auth()
    return Auth(
        client_id=typed.client_id or own.client_id,
        client_secret=typed.client_secret or own.client_secret,
    )


def open_target(
    state: State,
    destination: Destination,
    target: Target,
    options: Options,
    *,
    interactive: bool = True,
) -> Opened:
    """Open what was meant: see `attach` and `connect`."""
    if target.record is not None and target.store is not None:
        return attach(state, destination, (target.store, target.record), options)
    return connect(state, destination, options, interactive=interactive)


@contextmanager
def connected(
    state: State,
    word: str,
    options: Options,
    *,
    interactive: bool = True,
    look: Callable[[Destination], object] = bool,
) -> Iterator[Connection]:
    """Open a connection for the length of one command; warns in the end if tokens were lost.

    Args:
        state: For redaction.
        word: The name of a connection, or a slug.
        options: How to connect.
        interactive: There may be a person to ask.
        look: Called with the destination before anything is asked for.
    """
    with reopenable(state, word, options, interactive=interactive, look=look) as (connection, _):
        yield connection


@contextmanager
def reopenable(
    state: State,
    word: str,
    options: Options,
    *,
    interactive: bool = True,
    look: Callable[[Destination], object] = bool,
) -> Iterator[tuple[Connection, Reopening]]:
    """Open a connection as `connected` does; also return what other processes open it with."""
    from portcall.runs.processes.reopening import Reopening  # noqa: PLC0415  # only for runs

    options = settled(word, options)
    with open_host(options) as host:
        target = resolve(word, host.destinations, state)
        destination = load(host, target.slug)
        look(destination)
        if where := options.origins.get("sets"):
            refuse_secrets(destination, (text.partition("=")[0] for text in options.sets), where)
        opened = open_target(state, destination, target, options, interactive=interactive)
        reopening = Reopening(
            host=host,
            word=target.name or target.slug,
            settings=opened.settings,
            is_kept=target.record is not None,
            client=opened.client,
        )
        try:
            yield opened.connection, reopening
        finally:
            opened.warn_if_lost()
