"""The shape of the tables, version by version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from portcall.store.errors import StoreVersionError

Steps: TypeAlias = Sequence[Sequence[str]]
"""What leads from each version to the next, as SQL, the table's own ``version`` included."""

_CONNECTIONS: Final = """
    CREATE TABLE portcall_connections (
    name TEXT PRIMARY KEY, slug TEXT NOT NULL, generation BIGINT NOT NULL,
    created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
    plain TEXT NOT NULL, secret TEXT NOT NULL, key_id TEXT NOT NULL)"""
_STORE: Final = "CREATE TABLE portcall_store (version INTEGER NOT NULL, key_id TEXT NOT NULL)"

STEPS: Final[Steps] = (
    (_CONNECTIONS, _STORE, "INSERT INTO portcall_store (version, key_id) VALUES (1, '')"),
)


def check_version(version: int, steps: Steps, place: str) -> None:
    """Refuse a store that a newer portcall wrote.

    Raises:
        StoreVersionError: Says both versions.
    """
    if version > len(steps):
        raise StoreVersionError(
            f"{place} has schema version {version}, and this portcall knows {len(steps)}: upgrade "
            "portcall; nothing was touched"
        )


def migrate(version: int, steps: Steps, execute: Callable[[str], object]) -> None:
    """Lead a store from *version* to the newest, within the transaction of *execute*."""
    for step in steps[version:]:
        for statement in step:
            execute(statement)
