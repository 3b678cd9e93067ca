"""A store on any SQL database: compare and set, encryption, rotation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import ClassVar, Final, Self, TypeVar

import attrs

from portcall.secret import Secret
from portcall.store.errors import ConflictError, ConnectionExistsError, MissingKeyError
from portcall.store.keyring import Keyring
from portcall.store.keys import Keys
from portcall.store.names import check_name, is_name, unknown
from portcall.store.protocol import LOCK_TIMEOUT_S
from portcall.store.record import Record, Row, StoreStatus, now
from portcall.store.rotation import forget_unreadable, rotate, unreadable
from portcall.store.rows import Rows
from portcall.store.sealing import opened, sealed, stamp, writing_key
from portcall.store.sessions import Sessions

_T = TypeVar("_T")


class SqlStore(ABC):
    """Everything of a `Store` except the database: a subclass brings transactions and locks.

    Args:
        keys: Where keys come from.
    """

    kind: ClassVar[str]
    """For the status: ``"sqlite"``."""

    def __init__(self, keys: Keys) -> None:
        self._keys: Final = keys
        self._sessions: Final = Sessions(self.let_go)
        self._ring: Keyring | None = None

    @property
    @abstractmethod
    def place(self) -> str:
        """Folder or server, for people; no password."""

    @abstractmethod
    def transaction(self, *, write: bool) -> AbstractContextManager[Rows]:
        """Open a transaction on a store of the newest version; durable when it ends without error."""

    @abstractmethod
    def exclusive(self, label: str, timeout_s: float) -> AbstractContextManager[None]:
        """Hold the lock called *label* against all threads and processes, as in `Store.lock`."""

    @abstractmethod
    def close(self) -> None:
        """Close what it holds open."""

    @abstractmethod
    def purge(self) -> None:
        """Remove what the database keeps of old rows; called after a rotation."""

    def names(self) -> Sequence[str]:
        """Return the names of all connections, sorted; needs no key."""
        with self.transaction(write=False) as rows:
            return rows.names()

    def list(self) -> Sequence[Record]:
        """Return all connections, sorted by name."""
        return self._work(lambda rows, ring: [opened(row, ring) for row in rows.all()])

    def get(self, name: str) -> Record | None:
        """Return the connection called *name*, or None."""

        def read(rows: Rows, ring: Keyring) -> Record | None:
            row = rows.read(name)
            return opened(row, ring) if row else None

        return self._work(read) if is_name(name) else None

    def create(self, record: Record) -> Record:
        """Keep a new connection; its generation is 1."""
        check_name(record.name)
        born = now()
        fresh = attrs.evolve(record, generation=1, created_at=born, updated_at=born)

        def add(rows: Rows, ring: Keyring) -> Record:
            if not rows.insert(sealed(fresh, ring, writing_key(rows, ring))):
                raise exists(record.name)
            return fresh

        return self._work(add, write=True)

    def replace(self, record: Record, *, generation: int) -> Record:
        """Put *record* in the place of itself, if it is unchanged since it was read."""
        fresh = attrs.evolve(record, generation=generation + 1, updated_at=now())

        def compare_and_set(rows: Rows, ring: Keyring) -> Record:
            row = sealed(fresh, ring, writing_key(rows, ring))
            if not rows.update(row, name=row.name, generation=generation):
                raise _overtaken(row.name, rows)
            return fresh

        return self._work(compare_and_set, write=True)

    def rename(self, name: str, new_name: str) -> Record:
        """Call a connection by another name, under the locks of both."""
        check_name(new_name)

        def move(rows: Rows, ring: Keyring) -> Record:
            row = _known(name, rows)
            if rows.read(new_name) is not None:
                raise exists(new_name)
            generation = row.generation + 1
            moved = attrs.evolve(row, name=new_name, generation=generation, updated_at=stamp(now()))
            rows.update(moved, name=name, generation=row.generation)
            return opened(moved, ring)

        with ExitStack() as locks:
            for label in sorted({_label(name), _label(new_name)}):
                locks.enter_context(self.exclusive(label, LOCK_TIMEOUT_S))
            return self._work(move, write=True)

    def delete(self, name: str) -> None:
        """Forget the connection called *name*."""
        with self.transaction(write=True) as rows:
            _known(name, rows)
            rows.delete(name)

    @contextmanager
    def session(self) -> Iterator[None]:
        """Share one opening and one reading of the keys among the calls within; locks nothing.

        It may end in another thread than it began. What it keeps open is for a short while only.
        """
        with self._sessions.one():
            yield

    def let_go(self) -> None:
        """Close what a session kept open and no call is using."""
        self._ring = None

    @contextmanager
    def lock(self, name: str, timeout_s: float = LOCK_TIMEOUT_S) -> Iterator[None]:
        """Hold the lock of one connection, against all threads and processes."""
        check_name(name)
        with self.exclusive(_label(name), timeout_s):
            yield

    def status(self) -> StoreStatus:
        """Return what this store is, and whether it is encrypted."""
        with self.transaction(write=False) as rows:
            records, readable = rows.count()
            return StoreStatus(
                kind=self.kind,
                place=self.place,
                schema_version=rows.version(),
                records=records,
                readable=readable,
                key_id=rows.key_id(),
                key_origin=self._keys.read().origin,
            )

    def check_key(self) -> None:
        """Refuse early where no record could be kept.

        Raises:
            MissingKeyError: The store is encrypted with a key that is not configured.
        """
        with self.transaction(write=False) as rows:
            key_id = rows.key_id()
        if key_id:
            self._keys.read().require(key_id, "the store")

    def rotate(self, new_key: str | Secret | None = None) -> int:
        """Encrypt every record with a new key, one by one, while others read and write.

        Killed at any point, it leaves every record readable; the next call finishes what was begun.
        Generations stay as they are.

        Args:
            new_key: 32 random bytes in URL-safe base64. Without one, a key file gets a new key, or
                the key in it that the store does not use yet; keys from elsewhere are used as they
                are, the first one from now on.

        Returns:
            How many records were encrypted anew.

        Raises:
            StoreKeyError: A key is missing or wrong; what is stored stays as it is.
            StoreBusyError: Another rotation is under way.
        """
        with self.exclusive("key rotation", LOCK_TIMEOUT_S):
            return rotate(self._keys, self.transaction, self.purge, new_key)

    def unreadable(self) -> Sequence[str]:
        """Return the names of connections whose key is not here, sorted."""
        return unreadable(self._keys, self.transaction)

    def forget_unreadable(self) -> Sequence[str]:
        """Remove the connections whose key is lost; those that are readable stay as they are.

        The store takes the first key that is configured from then on; without one it is not encrypted.

        Returns:
            The names of what was removed, sorted.

        Raises:
            StoreBusyError: A rotation is under way.
        """
        with self.exclusive("key rotation", LOCK_TIMEOUT_S):
            return forget_unreadable(self._keys, self.transaction, self.purge)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.place}>"

    def _work(self, work: Callable[[Rows, Keyring], _T], *, write: bool = False) -> _T:
        """Do *work* in one transaction; a key that is missing may have come since it was looked for."""
        for again in (False, True):
            with suppress(MissingKeyError):
                return self._once(work, write=write, again=again)
        return self._once(work, write=write, again=True)

    def _once(self, work: Callable[[Rows, Keyring], _T], *, write: bool, again: bool) -> _T:
        ring = self._keyring(again=again)
        with self.transaction(write=write) as rows:
            return work(rows, ring)

    def _keyring(self, *, again: bool) -> Keyring:
        ring = None if again else self._ring
        if ring is None:
            ring = self._keys.read(again=again)
            # A key that changes meanwhile is missed at its first use, and then read again.
            self._ring = ring if self._sessions.are_open else None
        return ring


def exists(name: str) -> ConnectionExistsError:
    """Make the error for a *name* that is taken."""
    return ConnectionExistsError(f"a connection {name!r} already exists: choose another name")


def _label(name: str) -> str:
    return f"connection {name!r}"


def _known(name: str, rows: Rows) -> Row:
    row = rows.read(name, to_change=True) if is_name(name) else None
    if row is None:
        raise unknown(name, rows.names())
    return row


def _overtaken(name: str, rows: Rows) -> ConflictError:
    """Make the error for a record that is not what it was when it was read."""
    generation = _known(name, rows).generation
    return ConflictError(
        f"connection {name!r} was changed by another process: it is at generation {generation} now; "
        "read it again",
        generation,
    )
