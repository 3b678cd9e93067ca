"""From one key to another, while other processes read and write."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, Protocol

import attrs

from portcall.secret import Secret
from portcall.store.errors import StoreBusyError, StoreKeyError
from portcall.store.keyring import Keyring
from portcall.store.keys import Keys
from portcall.store.record import Row
from portcall.store.rows import Rows

_PASSES: Final = 8


class Transaction(Protocol):
    """Opens a transaction."""

    def __call__(self, *, write: bool) -> AbstractContextManager[Rows]:
        """Open one."""


def rotate(
    keys: Keys,
    transaction: Transaction,
    purge: Callable[[], None],
    new_key: str | Secret | None,
) -> int:
    """Encrypt every record with the first key that *keys* returns now; one rotation at a time.

    The order is what makes it safe to be killed anywhere: both keys are had, writers change over,
    records follow, and only then is the old key forgotten.
    """
    with transaction(write=False) as rows:
        used = rows.key_id()
    if used:
        keys.read(again=True).require(used, "the store")
    ring = keys.adopt(new_key, used)
    with transaction(write=True) as rows:
        if not rows.change_key(used, ring.keys[0].id):
            raise StoreBusyError("the store has just got its first key: try again")
    count = _reseal_all(transaction, ring)
    purge()
    keys.retire(ring)
    return count


def unreadable(keys: Keys, transaction: Transaction) -> list[str]:
    """Return the names of the records that none of the present *keys* opens."""
    ring = keys.read(again=True)
    with transaction(write=False) as rows:
        return [row.name for row in rows.all() if not _opens(ring, row)]


def forget_unreadable(keys: Keys, transaction: Transaction, purge: Callable[[], None]) -> list[str]:
    """Remove the records that no key opens, and let the first key there is be the store's.

    Returns:
        The names of what was removed.
    """
    ring = keys.read(again=True)
    with transaction(write=True) as rows:
        lost = [row.name for row in rows.all() if not _opens(ring, row)]
        for name in lost:
            rows.delete(name)
        used = rows.key_id()
        if used and not ring.has(used):
            rows.change_key(used, ring.keys[0].id if ring.keys else "")
    purge()
    return lost


def _opens(ring: Keyring, row: Row) -> bool:
    try:
        ring.open(row.secret, row.key_id, row.name)
    except StoreKeyError:
        return False
    return True


def _reseal_all(transaction: Transaction, ring: Keyring) -> int:
    """No writer leaves an old key behind any more, so what is left only shrinks."""
    first, count = ring.keys[0].id, 0
    for _ in range(_PASSES):
        with transaction(write=False) as rows:
            left = rows.names_without(first)
        if not left:
            return count
        count += sum(_reseal(transaction, ring, name) for name in left)
    raise StoreBusyError("records are renamed faster than they can be encrypted: try again")


def _reseal(transaction: Transaction, ring: Keyring, name: str) -> bool:
    """Encrypt one record anew, unless a writer just did; its generation stays."""
    first = ring.keys[0].id
    with transaction(write=True) as rows:
        row = rows.read(name, to_change=True)
        if row is None or row.key_id == first:
            return False
        text = ring.open(row.secret, row.key_id, f"connection {name!r}")
        fresh = attrs.evolve(row, secret=ring.seal(text, first), key_id=first)
        return rows.update(fresh, name=name, generation=row.generation)
