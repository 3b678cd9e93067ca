"""One stored connection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs

from portcall.model.auth import Auth
from portcall.model.opaque import EMPTY
from portcall.store.reach import Reach


def now() -> datetime:
    """Return this instant, aware, in UTC."""
    return datetime.now(UTC)


@attrs.frozen(kw_only=True)
class Record:
    """A named connection as it is kept; replaced whole, never changed.

    Change one that was read with ``attrs.evolve`` and hand it to ``Store.replace``: the store
    recognises the record by ``name`` and ``created_at``, and counts ``generation`` itself.

    Args:
        name: What people call it.
        slug: Its destination.
        settings: JSON values by field name; a `Secret` at any depth is kept apart and encrypted.
        auth: Its credentials; ``live`` is not kept.
        state: What renewal remembers between processes: small, JSON, `Secret` allowed.
        reach: What the operator allowed it when it was connected.
        generation: 1 when created, one more with every change; the store's.
        created_at: Aware instant; the store's.
        updated_at: Aware instant of the last change; the store's.
    """

    name: str
    slug: str
    settings: Mapping[str, Any] = EMPTY
    auth: Auth = attrs.field(factory=Auth)
    state: Mapping[str, Any] = EMPTY
    reach: Reach = attrs.field(factory=Reach)
    generation: int = 1
    created_at: datetime = attrs.field(factory=now)
    updated_at: datetime = attrs.field(factory=now)


@attrs.frozen
class Row:
    """A record on its way to or from storage: text and numbers only, in the order of the table.

    Args:
        name: The record's name.
        slug: Its destination.
        generation: Its generation.
        created_at: ISO 8601, UTC.
        updated_at: ISO 8601, UTC.
        plain: JSON with a null at the place of each secret.
        secret: JSON of the secrets and their places, or what a key made of it.
        key_id: Which key; empty if ``secret`` is readable.
    """

    name: str
    slug: str
    generation: int
    created_at: str
    updated_at: str
    plain: str
    secret: str = attrs.field(repr=False)
    key_id: str


@attrs.frozen(kw_only=True)
class StoreStatus:
    """What a store says of itself.

    Args:
        kind: ``"sqlite"``, ``"postgresql"``, ...
        place: Folder or server, for people; no password.
        schema_version: Version of its tables.
        records: How many connections it holds.
        readable: How many of these are kept without encryption.
        key_id: The key that writers use; empty if none.
        key_origin: Where keys come from just now; empty if there is none.
    """

    kind: str
    place: str
    schema_version: int
    records: int
    readable: int
    key_id: str
    key_origin: str

    @property
    def encryption(self) -> str:
        """``"encrypted"``, ``"partly encrypted"`` or ``"not encrypted"``."""
        if self.readable == 0 and (self.key_id or self.key_origin):
            return "encrypted"
        return "partly encrypted" if self.readable < self.records else "not encrypted"
