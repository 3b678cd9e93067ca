"""Look a connection up by a name as it was typed."""

from __future__ import annotations

from portcall.store.names import unknown
from portcall.store.protocol import Store
from portcall.store.record import Record


def fetch(store: Store, name: str) -> Record:
    """Return the connection called *name*.

    Raises:
        UnknownConnectionError: There is none; says what is near.
        StoreKeyError: It cannot be decrypted.
    """
    record = store.get(name)
    if record is None:
        raise unknown(name, store.names())
    return record
