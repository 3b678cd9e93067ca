"""Open the connection that a pipeline, or a program, names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from portcall.connection import Connection
from portcall.host import Host
from portcall.store import SQLiteStore, Store
from portcall.store.connections import StoredCredentials
from portcall.store.names import unknown


def open_connection(host: Host, word: str, settings: Mapping[str, object]) -> Connection:
    """Open a connection that is kept; else connect to the destination of that slug.

    Args:
        host: Opens it, with the connections of its store.
        word: The name of the connection, or the slug.
        settings: Values by field name; of a kept connection, they replace single ones for this run.

    Raises:
        UnknownConnectionError: There is neither; says what is near.
        SettingsError: Lists every setting that cannot be used.
        PluginError, StoreError: The connection cannot be opened.
    """
    connections = host.connections
    if word in kept_names(connections.store):
        record = connections[word]
        credentials = StoredCredentials(connections.store, record)
        return host.destination(record.slug).attach(
            {**record.settings, **settings}, credentials, name=record.name
        )
    if word in host.destinations:
        return host.destination(word).connect(settings)
    raise unknown(word, [*kept_names(connections.store), *host.destinations])


def kept_names(store: Store) -> Sequence[str]:
    """Return the names of the connections that are kept; looking makes no file."""
    if isinstance(store, SQLiteStore) and not Path(store.place).exists():
        return ()
    return store.names()
