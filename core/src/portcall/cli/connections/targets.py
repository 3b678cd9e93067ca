"""What a word on the command line means: a stored connection first, then a destination."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Final

import attrs

from portcall.cli.flags.did_you_mean import nearest
from portcall.cli.project.current_project import current_project
from portcall.cli.state import State
from portcall.cli.terminal.output import warn
from portcall.errors import SettingsError, UnknownPluginError
from portcall.store.errors import StoreError
from portcall.store.places import FILE, home

if TYPE_CHECKING:
    from portcall.plugins.info import PluginInfo
    from portcall.secret import Secret
    from portcall.store import Record, Store

_SHOWN: Final = 60


@attrs.frozen
class Target:
    """What was meant.

    Args:
        slug: The destination.
        record: The connection, if a stored one was meant.
        store: Where it is kept.
    """

    slug: str
    record: Record | None = None
    store: Store | None = None

    @property
    def name(self) -> str | None:
        """What the connection is called."""
        return self.record.name if self.record else None


def kept_store() -> Store | None:
    """Return the store, or None where this user never had one: looking makes no file."""
    if os.environ.get("PORTCALL_STORE"):
        from portcall.store.opening import store_url  # noqa: PLC0415  # see below

        return _shared(store_url())
    if not (home() / FILE).exists():
        return None
    from portcall.store.opening import open_store  # noqa: PLC0415  # not where there is no store

    return open_store()


@cache
def _shared(url: Secret) -> Store:
    """Open the store of several machines once: one command looks for it more than once."""
    from portcall.store.opening import open_store  # noqa: PLC0415

    return open_store(url)


def fetch(store: Store, name: str) -> Record:
    """Return the connection called *name*; see `portcall.store.fetch`."""
    from portcall.store import finding  # noqa: PLC0415  # not where there is no store

    return finding.fetch(store, name)


def kept_record(name: str) -> Record | None:
    """Return the connection that is kept under a name.

    Returns:
        None if there is none, or if it cannot be read, which `resolve` raises in its place.
    """
    with suppress(StoreError):
        store = kept_store()
        return fetch(store, name) if store is not None and name in store.names() else None
    return None


def store_of(name: str) -> Store:
    """Return the store that should have a connection called *name*.

    Raises:
        UnknownConnectionError: There never was a store, so there is none of that name.
    """
    store = kept_store()
    if store is None:
        from portcall.store.names import unknown  # noqa: PLC0415  # for the error alone

        raise unknown(name, ())
    return store


def kept_names() -> Sequence[str]:
    """Name the stored connections; needs no key."""
    store = kept_store()
    return store.names() if store else ()


def resolve(word: str, destinations: Mapping[str, PluginInfo], state: State) -> Target:
    """Return what *word* means.

    A connection goes before a destination: who named it wants it. Where a connection has the name of
    another destination, that is said.

    Raises:
        UnknownPluginError: It is neither; says what is near among both.
        StoreError: The store cannot be read; a destination of that name is not taken instead.
    """
    store = kept_store()
    names = store.names() if store else ()
    project = current_project()
    said = project.connections.get(word) if project else None
    if store is not None and word in names:
        record = fetch(store, word)
        remember(state, record)
        if project and said and said.destination not in {None, record.slug}:
            raise SettingsError(
                f"{project.where('connections', word, 'destination')}: {word} is a connection to "
                f"{said.destination} there, and the stored one is to {record.slug}: rename one"
            )
        if word in destinations and record.slug != word:
            warn(
                f"{word} is both your connection to {record.slug} and a destination: using your connection"
            )
        return Target(record.slug, record, store)
    if said and said.destination:
        return Target(said.destination)
    if word not in destinations:
        if project and said:
            raise UnknownPluginError(
                f"{project.where('connections', word)}: no connection {word} is kept; make it with: "
                f"portcall connect SLUG --name {word}, or write its destination there"
            )
        known = [*names, *(project.connections if project else ())]
        near = nearest(word, [*known, *destinations])
        if near in known:
            raise UnknownPluginError(
                f"there is no connection and no destination {word[:_SHOWN]!r}; did you mean "
                f"{near!r}?"
            )
    return Target(word)


def remember(state: State, record: Record) -> None:
    """Never show what *record* keeps, and know how its connection is authorized again."""
    state.remember(record.settings, record.auth, record.state)
    state.again = f"portcall connect {record.slug} --name {record.name} --replace"
