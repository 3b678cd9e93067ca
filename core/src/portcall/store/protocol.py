"""What every store does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Final, Protocol, runtime_checkable

from portcall.store.record import Record, StoreStatus

LOCK_TIMEOUT_S: Final = 30.0


class Store(Protocol):
    """Named connections that outlive the process; safe to use from any thread, also after a fork.

    What a method has done is durable when it returns. Every wait has an end: a method that cannot
    go on raises `StoreBusyError` or `StoreUnavailableError`. A store author runs
    ``portcall.testing.store_suite`` against it.
    """

    def names(self) -> Sequence[str]:
        """Return the names of all connections, sorted; needs no key."""

    def list(self) -> Sequence[Record]:
        """Return all connections, sorted by name.

        Raises:
            StoreKeyError: One of them cannot be decrypted; names it.
        """

    def get(self, name: str) -> Record | None:
        """Return the connection called *name*, or None.

        Raises:
            StoreKeyError: It cannot be decrypted.
            RecordError: It is damaged.
        """

    def create(self, record: Record) -> Record:
        """Keep a new connection; its generation is 1.

        Raises:
            ConnectionNameError: No connection may have that name.
            ConnectionExistsError: There is one of that name; it is left alone.
            RecordError: A value of it is not JSON.
            StoreKeyError: The store is encrypted and its key is not configured.
        """

    def replace(self, record: Record, *, generation: int) -> Record:
        """Put *record* in the place of itself, if it is unchanged since it was read (compare and set).

        Args:
            record: Read from this store and changed with ``attrs.evolve``.
            generation: The generation that was read.

        Returns:
            The record as it is now, its generation one more.

        Raises:
            ConflictError: Another process replaced it first; carries the generation now.
            UnknownConnectionError: It was deleted or renamed.
            RecordError: A value of it is not JSON.
            StoreKeyError: The store is encrypted and its key is not configured.
        """

    def rename(self, name: str, new_name: str) -> Record:
        """Call a connection by another name, under the locks of both.

        Raises:
            UnknownConnectionError: There is none called *name*; says what is near.
            ConnectionExistsError: There is one called *new_name*.
            ConnectionNameError: No connection may have the new name.
            StoreBusyError: One of the locks is held.
        """

    def delete(self, name: str) -> None:
        """Forget the connection called *name*; a writer that has read it does not bring it back.

        Raises:
            UnknownConnectionError: There is none; says what is near.
        """

    def lock(self, name: str, timeout_s: float = LOCK_TIMEOUT_S) -> AbstractContextManager[None]:
        """Hold the lock of one connection, against all threads and processes; not reentrant.

        It ends with the process that holds it, however that ends, and never before: there is no
        lease. No other method needs it, save `rename`.

        Raises:
            StoreBusyError: Others held it for longer than *timeout_s*.
            ConnectionNameError: No connection may have that name.
        """

    def status(self) -> StoreStatus:
        """Return what this store is, and whether it is encrypted."""

    def close(self) -> None:
        """Close what it holds open."""


@runtime_checkable
class SharingStore(Protocol):
    """A store whose calls can share what they open; optional, for speed."""

    def session(self) -> AbstractContextManager[None]:
        """Share one opening among the calls within, of any thread; locks nothing.

        It may end in another thread than it began, and lasts for the length of one request at most.
        """
