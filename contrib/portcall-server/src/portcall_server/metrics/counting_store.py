"""A store that counts the tokens that are replaced in it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any, cast

from portcall import Record, Store
from portcall_server.metrics.counters import Counters


def counting(store: Store, counters: Counters) -> Store:
    """Return a store that counts refreshes: each is stored before it is used.

    Args:
        store: Keeps connections and tokens.
        counters: Where it is counted.
    """
    return cast("Store", _Counting(store, counters))


class _Counting:
    """Hands everything on, and counts fresh access tokens."""

    def __init__(self, store: Store, counters: Counters) -> None:
        self._store = store
        self._counters = counters

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def session(self) -> AbstractContextManager[None]:
        """Share one opening, where the store can."""
        session = getattr(self._store, "session", None)
        shared: AbstractContextManager[None] = nullcontext() if session is None else session()
        return shared

    def replace(self, record: Record, *, generation: int) -> Record:
        """Replace a record, and count it if its access token is another one."""
        before = self._store.get(record.name)
        kept = self._store.replace(record, generation=generation)
        fresh = record.auth.access_token
        if before is not None and fresh is not None and fresh != before.auth.access_token:
            self._counters.refresh(record.slug, record.name)
        return kept
