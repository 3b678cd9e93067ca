"""Credentials in a store that a command uses: none of them is ever shown, the fresh ones included."""

from __future__ import annotations

from collections.abc import Callable

from portcall.credentials.storage import Holding
from portcall.store import Record, Store
from portcall.store.connections import StoredCredentials


class WatchedCredentials(StoredCredentials):
    """Credentials in a store; a callback gets all credentials before they are used.

    Args:
        store: Where they are kept.
        record: As it was read.
        hear: Called with all that comes and goes.
    """

    __slots__ = ("_hear",)

    def __init__(self, store: Store, record: Record, hear: Callable[[object], None]) -> None:
        super().__init__(store, record)
        self._hear = hear

    def read(self) -> Holding:
        """Return what is stored now."""
        holding = super().read()
        self._hear(holding.auth)
        return holding

    def keep(self, holding: Holding) -> None:
        """Store *holding*."""
        self._hear(holding.auth)
        super().keep(holding)
