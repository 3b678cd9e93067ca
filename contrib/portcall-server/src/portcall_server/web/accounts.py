"""The account that a page is about: one that is tried, or a connection that is kept."""

from __future__ import annotations

from typing import Any, Final

import attrs

from portcall import Auth, Connection, Destination, Record, SettingsError
from portcall.previews.authors import KnownSecrets
from portcall_server.web.sessions import Draft, Session
from portcall_server.web.site import Site
from portcall_server.web.view import View

TRIED: Final = "destinations"
KEPT: Final = "connections"
CLIENT: Final = {"client_id": "Client ID", "client_secret": "Client secret"}
TOKEN: Final = {"access_token": "Access token", "refresh_token": "Refresh token"}


@attrs.frozen(eq=False)
class Account:
    """The account that a page is about.

    Args:
        kind: `TRIED` or `KEPT`: the first part of the page's path.
        name: The slug, or the name of the connection: the second.
        destination: Where the account is.
        draft: What was filled in; None for a connection.
        record: What is kept; None for an account that is tried.
    """

    kind: str
    name: str
    destination: Destination
    draft: Draft | None
    record: Record | None
    _site: Site
    _known: KnownSecrets

    @property
    def page(self) -> tuple[str, str]:
        """The path of its page."""
        return self.kind, self.name

    def open(self) -> Connection:
        """Connect; nothing is sent until the connection is used.

        Raises:
            SettingsError: Lists everything that cannot be used.
        """
        if self.draft is None:
            connection = self._site.open(self.name)
        else:
            draft = self.draft
            named: dict[str, Any] = dict(draft.client)
            start = attrs.evolve(draft.auth, **named)
            connection = self.destination.connect(draft.settings, start, save=self._save)
        self._known.remember(connection.settings, connection.auth)
        return connection

    def _save(self, auth: Auth) -> None:
        self._known.remember(auth)
        if self.draft is not None:
            self.draft.auth = auth

    @property
    def takes_tokens(self) -> bool:
        """Its credentials are not among its fields alone."""
        own = {field.name for field in self.destination.fields}
        return self.destination.scheme == "oauth2" and not own >= set(TOKEN)

    @property
    def tests(self) -> bool:
        """The destination can be asked whose credentials these are."""
        return self.destination.stack.implements("test_authentication")


def account_of(view: View, kind: str, name: str) -> Account:
    """Find the account of a page.

    Raises:
        UnknownPluginError, StoreError, PluginError: There is none, or it cannot be used.
    """
    site, draft, record = view.site, None, None
    if kind == KEPT:
        record = site.host(name).connections[name]
        view.known.remember(record.settings, record.auth, record.state)
        destination = site.host(name).destination(record.slug)
    else:
        destination = site.destination(name)
        draft = view.session.drafts.setdefault(name, Draft())
        view.known.remember(draft.settings, draft.client, draft.auth)
    return Account(kind, name, destination, draft, record, site, view.known)


def refuse_taken(site: Site, name: str, slug: str) -> None:
    """Refuse a name that no new connection may have.

    Raises:
        SettingsError: It is taken, or the name of another destination.
    """
    if name in site.names():
        raise SettingsError(f"a connection {name!r} already exists: choose another name")
    if name in site.host().destinations and name != slug:
        raise SettingsError(f"{name!r} is the name of a destination: choose another name")


def drafts_of(session: Session) -> list[str]:
    """Name the destinations that something was filled in for."""
    return [
        slug for slug, draft in session.drafts.items() if draft.settings or draft.auth.access_token
    ]
