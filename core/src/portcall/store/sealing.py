"""Records to rows and back: JSON, and a key over the secrets of it."""

from __future__ import annotations

from datetime import UTC, datetime

from portcall.store.errors import RecordError
from portcall.store.keyring import Keyring
from portcall.store.packing import pack, unpack
from portcall.store.record import Record, Row
from portcall.store.rows import Rows


def writing_key(rows: Rows, ring: Keyring) -> str:
    """Return the key that this transaction has to write with; empty if the store is not encrypted.

    Every writer asks, so that a rotation leaves no writer behind with an old key, and a process
    with a wrong key, or none, writes nothing.

    Raises:
        MissingKeyError: The store is encrypted with a key that is not in *ring*.
    """
    if ring.keys:
        rows.begin_encryption(ring.keys[0].id)
    key_id = rows.key_id()
    if key_id:
        ring.require(key_id, "the store")
    return key_id


def sealed(record: Record, ring: Keyring, key_id: str) -> Row:
    """Return the row that *record* is kept as.

    Raises:
        RecordError: A value of it is not JSON.
    """
    plain, secret = pack(record)
    return Row(
        name=record.name,
        slug=record.slug,
        generation=record.generation,
        created_at=stamp(record.created_at),
        updated_at=stamp(record.updated_at),
        plain=plain,
        secret=ring.seal(secret, key_id) if key_id else secret,
        key_id=key_id,
    )


def opened(row: Row, ring: Keyring) -> Record:
    """Return the record that *row* keeps.

    Raises:
        StoreKeyError: Its key is missing or does not fit.
        RecordError: It is damaged.
    """
    secret = ring.open(row.secret, row.key_id, f"connection {row.name!r}")
    values = unpack(row.name, row.plain, secret)
    try:
        created_at = datetime.fromisoformat(row.created_at)
        updated_at = datetime.fromisoformat(row.updated_at)
    except ValueError:
        raise RecordError(f"connection {row.name!r} is damaged: its dates cannot be read") from None
    return Record(
        name=row.name,
        slug=row.slug,
        generation=row.generation,
        created_at=created_at,
        updated_at=updated_at,
        **values,
    )


def stamp(instant: datetime) -> str:
    """Write an aware instant so that one instant is always one text."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
