"""Named connections: what a store holds, opened as connections that keep their credentials there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import attrs

from portcall.credentials.refresh_backoff import RefreshBackoff
from portcall.credentials.storage import Amend, Holding
from portcall.errors import DeadlineError
from portcall.model.auth import Auth
from portcall.store import ConflictError, Record, SharingStore, Store, StoreBusyError, fetch

if TYPE_CHECKING:
    from portcall.connection import Connection
    from portcall.destination import Destination


_MOST_CONFLICTS: Final = 5


class StoredCredentials:
    """Credentials in a store: the record is the truth for every process, its lock lets one in at a time.

    Args:
        store: Where it is kept.
        record: As it was read.
    """

    __slots__ = ("_record", "_store")

    def __init__(self, store: Store, record: Record) -> None:
        self._store = store
        self._record = record

    def session(self) -> AbstractContextManager[None]:
        """Share one opening of the store among the calls within."""
        return self._store.session() if isinstance(self._store, SharingStore) else nullcontext()

    @contextmanager
    def alone(self, timeout_s: float) -> Iterator[None]:
        """Keep every other process out; the lock ends with this process, however it ends."""
        try:
            held = self._store.lock(self._record.name, max(timeout_s, 0.0))
            held.__enter__()
        except StoreBusyError as exc:
            raise DeadlineError(
                f"another process still renews the credentials of {self._record.name!r}"
            ) from exc
        try:
            yield
        finally:
            held.__exit__(None, None, None)

    def read(self) -> Holding:
        """Return what is stored now."""
        self._record = fetch(self._store, self._record.name)
        return _holding(self._record)

    def keep(self, holding: Holding) -> None:
        """Store *holding*; when this returns, a crash cannot lose it."""
        try:
            self._record = self._replace(self._record, holding)
        except ConflictError:  # settings were changed beside us; credentials change under the lock
            self._record = self._replace(fetch(self._store, self._record.name), holding)

    def amend(self, change: Amend) -> None:
        """Store what *change* makes of what is stored; needs no lock (compare and set).

        Raises:
            ConflictError: Others changed the record all the time.
        """
        record = self._record
        for _ in range(_MOST_CONFLICTS):
            amended = change(_holding(record))
            if amended is None:
                return
            try:
                self._record = self._replace(record, amended)
            except ConflictError:
                record = fetch(self._store, record.name)
            else:
                return
        raise ConflictError(f"connection {record.name!r} changes all the time", record.generation)

    def _replace(self, record: Record, holding: Holding) -> Record:
        changed = attrs.evolve(record, auth=holding.auth, state=holding.backoff.to_json())
        return self._store.replace(changed, generation=record.generation)


def _holding(record: Record) -> Holding:
    return Holding(record.auth, RefreshBackoff.from_json(record.state))


class Connections(Mapping[str, Record]):
    """The named connections of one store; reading needs no plugin. Made by `Host.connections`.

    Args:
        load: Returns the loaded destination of a slug.
        store: Keeps them.
    """

    def __init__(self, load: Callable[[str], Destination], store: Store) -> None:
        self._load: Final = load
        self.store: Final = store

    def __getitem__(self, name: str) -> Record:
        return fetch(self.store, name)

    def __contains__(self, name: object) -> bool:
        return name in self.store.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.store.names())

    def __len__(self) -> int:
        return len(self.store.names())

    def create(
        self, name: str, slug: str, settings: Mapping[str, object], auth: Auth | None = None
    ) -> Connection:
        """Check the settings, keep them under *name*, and open the connection.

        Args:
            name: What people will call it.
            slug: Its destination.
            settings: Values by field name.
            auth: Credentials to start with; the host's own client id and secret are not kept.

        Raises:
            SettingsError: Lists every field that cannot be used, and why; nothing is kept.
            StoreError: It cannot be kept: the name is taken, say.
        """
        valid = self._load(slug).connect(settings, auth)
        self.store.create(
            Record(name=name, slug=slug, settings=to_json(valid.settings), auth=valid.auth)
        )
        return self.open(name)

    def open(self, name: str) -> Connection:
        """Open the connection called *name*; fresh credentials are stored before they are used.

        Raises:
            StoreError: There is none, or it cannot be read.
            PluginError: Its destination cannot be used.
            SettingsError: Its destination changed, and what is stored does not fit any more.
        """
        record = self[name]
        return self._load(record.slug).attach(
            record.settings, StoredCredentials(self.store, record), name=record.name
        )

    def rename(self, name: str, new_name: str) -> None:
        """Call a connection by another name.

        Raises:
            StoreError: There is none, or the new name is taken or is none.
        """
        self.store.rename(name, new_name)

    def delete(self, name: str) -> None:
        """Forget a connection and its credentials.

        Raises:
            UnknownConnectionError: There is none of that name.
        """
        self.store.delete(name)


def to_json(settings: Any) -> dict[str, Any]:
    """Write settings as JSON values by field name, secrets as `Secret`; what is None is left out."""
    values = attrs.asdict(
        settings,
        filter=lambda field, value: field.init and value is not None,
        value_serializer=lambda _instance, _field, value: (
            value.isoformat() if isinstance(value, date) else value
        ),
    )
    return dict(values)
