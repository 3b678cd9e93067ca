"""Under which name a new connection is kept, or which one it replaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from portcall.cli.connections.targets import kept_store, store_of
from portcall.errors import SettingsError
from portcall.model.auth import Auth
from portcall.plugins.info import PluginInfo
from portcall.store import (
    ConflictError,
    ConnectionExistsError,
    Record,
    SQLiteStore,
    SqlStore,
    Store,
    fetch,
    open_store,
)
from portcall.store.names import check_name
from portcall.store.reach import Reach

ENCRYPT: Final = "encrypt it with: portcall key"
SHARED: Final = "encrypt it: set PORTCALL_KEY for every process that uses it"


@attrs.frozen
class Filing:
    """A place in the store that is free, or is to be taken over.

    Args:
        store: This user's.
        name: What the connection will be called.
        slug: Its destination.
        old: The connection that is authorized again; None for a new one.
    """

    store: Store
    name: str
    slug: str
    old: Record | None = None

    def keep(self, settings: Mapping[str, Any], auth: Auth, reach: Reach) -> Record:
        """Store the connection; what *reach* says nothing of stays as it was.

        Raises:
            ConnectionExistsError: The name was taken meanwhile.
            ConflictError: The settings of the connection to be replaced were changed meanwhile.
        """
        if self.old is None:
            record = Record(
                name=self.name, slug=self.slug, settings=settings, auth=auth, reach=reach
            )
            return self.store.create(record)
        # Under the lock no other process refreshes: what it would store is of the old grant.
        with self.store.lock(self.name):
            now = fetch(self.store, self.name)
            if (now.created_at, now.settings) != (self.old.created_at, self.old.settings):
                raise ConflictError(
                    f"connection {self.name!r} was changed by another process: look at it, and "
                    "connect again",
                    now.generation,
                )
            wider = reach.over(now.reach)
            fresh = attrs.evolve(now, settings=settings, auth=auth, state={}, reach=wider)
            return self.store.replace(fresh, generation=now.generation)


def new_place(name: str, slug: str, destinations: Mapping[str, PluginInfo]) -> Filing:
    """Find a place for a new connection, before a person authorizes it.

    Raises:
        ConnectionNameError: No connection may be called that.
        ConnectionExistsError: There is one; says how to authorize it again.
        SettingsError: It is the name of another destination.
        StoreError: Nothing can be kept: the store's key is missing, say.
    """
    check_name(name)
    store = kept_store()
    if store is not None and name in store.names():
        raise ConnectionExistsError(
            f"a connection {name!r} already exists: authorize it again with --replace, or give "
            "this one another --name"
        )
    if name in destinations and name != slug:
        raise SettingsError(f"{name!r} is the name of a destination: choose another --name")
    store = store or open_store()
    if isinstance(store, SqlStore):
        store.check_key()  # better now than after the authorization
    return Filing(store, name, slug)


def old_place(name: str) -> Filing:
    """Find the connection that is to be authorized again.

    Raises:
        UnknownConnectionError: There is none of that name; says what is near.
    """
    store = store_of(name)
    record = fetch(store, name)
    return Filing(store, name, record.slug, record)


def stored_where(store: Store) -> str:
    """Return where connections are kept, and whether that is encrypted."""
    status = store.status()
    said = f"{status.place}, {status.encryption}"
    if status.encryption == "encrypted":
        return said
    if not status.key_origin and not isinstance(store, SQLiteStore):
        return f"{said}; {SHARED}"
    return f"{said}; {ENCRYPT} {'rotate' if status.key_origin else 'init'}"
