"""From settings to a connection that is kept: authorize it, store it, ask whose it is."""

from __future__ import annotations

import os
from functools import partial
from typing import Final

import attrs
import click

from portcall.cli.authorizing.authorization_options import AuthorizationOptions, Keep
from portcall.cli.authorizing.ways import Way, find_way
from portcall.cli.connections.checklist import UNKNOWN
from portcall.cli.connections.given_settings import (
    Given,
    ask,
    collect,
    env_name,
    on_terminal,
    secrets_of,
)
from portcall.cli.connections.host_check import check_hosts
from portcall.cli.connections.new_name import Filing
from portcall.cli.connections.targets import remember
from portcall.cli.connections.watched_credentials import WatchedCredentials
from portcall.cli.flags.connection_flags import Options
from portcall.cli.state import State
from portcall.cli.terminal.error_messages import message_of
from portcall.connection import Connection
from portcall.destination import Destination
from portcall.errors import (
    PortcallError,
    RefusedAddressError,
    SettingsError,
    ThrottledError,
    TLSError,
    TransportError,
    UnavailableError,
)
from portcall.model.auth import Auth
from portcall.secret import Text
from portcall.store import Record
from portcall.store.connections import to_json

TOKENS: Final = ("access_token", "refresh_token")
CLIENT: Final = ("client_id", "client_secret")


def fill_in(state: State, destination: Destination, options: Options, old: Record | None) -> Given:
    """Read what was typed; for a new connection the environment counts too, and a person is asked.

    Of the tokens only typed ones count: a variable for another command is no wish to keep them.

    Raises:
        UsageError: An option cannot be read.
        SettingsError: A field is unknown, or a file cannot be read.
    """
    tokens = {env_name(destination.slug, name) for name in TOKENS}
    environ = {name: value for name, value in os.environ.items() if name not in tokens}
    given = collect(destination, options, {} if old else environ)
    if old is not None:
        state.remember(old.settings, old.auth)
        # What an older version of the plugin asked for is not a field any more.
        known = {field.name for field in destination.fields}
        kept = {name: value for name, value in old.settings.items() if name in known}
        given.settings = {**kept, **given.settings}
    state.remember(*secrets_of(given))
    if on_terminal():
        ask(given, destination)
        state.remember(*secrets_of(given))
    return given


@attrs.frozen
class Joined:
    """A connection that is kept.

    Args:
        record: What is stored.
        identity: Whose credentials these are, in the destination's words.
        unchecked: Why the destination could not be asked whether they work; empty if it was, or was not to
            be asked.
    """

    record: Record
    identity: str | None = None
    unchecked: str = ""


@attrs.define
class Joining:
    """One connection on its way into the store.

    Args:
        state: For redaction.
        destination: Where the account is.
        filing: Where the connection is kept.
        given: What was filled in.
        own: The host's client id and secret.
    """

    state: State
    destination: Destination
    filing: Filing
    given: Given
    own: Auth
    options: Options

    def run(self, asked: AuthorizationOptions, *, test: bool) -> Joined:
        """Do it all.

        Credentials that came are stored before they are used; where there are none but settings, and where
        a token that was typed would take the place of credentials that work, these are tested first.

        Args:
            asked: How to authorize.
            test: Ask the destination whose account it is.

        Raises:
            SettingsError: What was filled in cannot be used.
            PolicyError: Requests would be refused.
            AuthenticationError: A person, or the destination, said no.
            StoreError: It cannot be kept.
        """
        self.state.remember(self.own)
        connection = self.destination.connect(self.given.settings, self.own)
        self.state.remember(connection.settings)
        check_hosts(connection, self.options)
        handed: Way | None = self._typed()
        if handed is None and asked.with_token:
            handed = find_way(connection, asked)
        if handed and self.filing.old is not None:
            return self._replace(connection, handed, test=test)
        way = handed or find_way(connection, asked)
        kept = self._authorize(connection, way) if way else None
        if kept is not None:
            return self._check(kept, test=test)
        identity, reason = self._before_it_is_kept(connection, test=test)
        return Joined(self._keep(connection, connection.auth), identity, reason)

    def _replace(self, connection: Connection, way: Way, *, test: bool) -> Joined:
        """Test a token that was handed over, and only then let it replace what is kept."""
        handed: list[Auth] = []
        way(handed.append)
        self.state.remember(*handed)
        own = attrs.evolve(
            handed[-1], client_id=self.own.client_id, client_secret=self.own.client_secret
        )
        fresh = self.destination.connect(self.given.settings, own, save=self.state.remember)
        identity, reason = self._before_it_is_kept(fresh, test=test)
        self.state.remember(fresh.auth)
        return Joined(self._keep(connection, fresh.auth), identity, reason)

    def _authorize(self, connection: Connection, way: Way) -> Record | None:
        """Return what was kept; None where no authorization by a person is needed."""
        kept: list[Record] = []
        try:
            way(lambda auth: kept.append(self._keep(connection, auth)))
        except SettingsError as exc:
            raise self._explained(exc) from None
        return kept[-1] if kept else None

    def _explained(self, exc: SettingsError) -> SettingsError:
        """Return where an operator puts the client id and secret that are missing."""
        missing = [problem.path for problem in exc.problems if problem.path in CLIENT]
        if not missing:
            return exc
        slug, name = self.destination.slug, missing[0]
        variable = env_name(slug, name)
        return SettingsError(
            f"{slug} gives tokens to registered applications only: register one there, and give its "
            f"{name} as {variable}, in a file named by {variable}_FILE, or with --set {name}=..."
        )

    def _typed(self) -> Way | None:
        tokens: dict[str, Text] = {
            name: self.given.auth[name] for name in TOKENS if name in self.given.auth
        }
        return partial(_hand_over, Given(auth=tokens).to_auth()) if tokens else None

    def _keep(self, connection: Connection, auth: Auth) -> Record:
        self.state.remember(auth)
        valid = to_json(connection.settings)
        given = {name: value for name, value in valid.items() if name in self.given.settings}
        record = self.filing.keep(
            given, auth, self.options.typed
        )  # a default stays the plugin's to change
        remember(self.state, record)
        return record

    def _check(self, record: Record, *, test: bool) -> Joined:
        storage = WatchedCredentials(self.filing.store, record, self.state.remember)
        connection = self.destination.attach(record.settings, storage, name=record.name)
        try:
            return Joined(record, *self._identity(connection, test=test))
        except BaseException:
            click.echo(
                f"{record.name} is stored, but does not work yet: correct it with --replace, or "
                f"remove it with: portcall disconnect {record.name}",
                err=True,
            )
            raise

    def _before_it_is_kept(self, connection: Connection, *, test: bool) -> tuple[str | None, str]:
        """Return what `_identity` does; nothing that may not work replaces what is kept."""
        replaces = self.filing.old is not None
        try:
            return self._identity(connection, test=test, must_answer=replaces)
        except BaseException as exc:
            if replaces:
                hint = "; --no-test replaces it unchecked" if _may_pass(exc) else ""
                click.echo(f"{self.filing.name} is unchanged{hint}.", err=True)
            raise

    def _identity(
        self, connection: Connection, *, test: bool, must_answer: bool = False
    ) -> tuple[str | None, str]:
        """Return whose credentials these are, and why that could not be asked; a refusal is raised.

        Args:
            connection: Asks.
            test: Ask at all.
            must_answer: Raise, too, what keeps the destination from answering at the moment.
        """
        if not test:
            return None, ""
        if not self.destination.stack.implements("test_authentication"):
            return None, UNKNOWN
        try:
            return connection.test(), ""
        except PortcallError as exc:
            if must_answer or not _may_pass(exc):
                raise
            return None, message_of(exc)


def _may_pass(exc: BaseException) -> bool:
    """Return whether the destination cannot answer at the moment; this side refuses for good."""
    passing = isinstance(exc, TransportError | ThrottledError | UnavailableError)
    return passing and not isinstance(exc, RefusedAddressError | TLSError)


def _hand_over(auth: Auth, keep: Keep) -> None:
    keep(auth)
