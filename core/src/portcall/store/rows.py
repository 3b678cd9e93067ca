"""The SQL that every database of ours understands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import attrs

from portcall.store.record import Row

_KEY: Final = "SELECT key_id FROM portcall_store"
_BEGIN_ENCRYPTION: Final = "UPDATE portcall_store SET key_id = ? WHERE key_id = ''"
_CHANGE_KEY: Final = "UPDATE portcall_store SET key_id = ? WHERE key_id = ?"
_VERSION: Final = "SELECT version FROM portcall_store"
_NAMES: Final = "SELECT name FROM portcall_connections"
_NAMES_WITHOUT: Final = "SELECT name FROM portcall_connections WHERE key_id <> ?"
_ALL: Final = """
    SELECT name, slug, generation, created_at, updated_at, plain, secret, key_id
    FROM portcall_connections"""
_ONE: Final = """
    SELECT name, slug, generation, created_at, updated_at, plain, secret, key_id
    FROM portcall_connections WHERE name = ?"""
_INSERT: Final = """
    INSERT INTO portcall_connections
    (name, slug, generation, created_at, updated_at, plain, secret, key_id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"""
_UPDATE: Final = """
    UPDATE portcall_connections
    SET name = ?, slug = ?, generation = ?, created_at = ?, updated_at = ?, plain = ?, secret = ?,
    key_id = ? WHERE name = ? AND generation = ? AND created_at = ?"""
_DELETE: Final = "DELETE FROM portcall_connections WHERE name = ?"
_COUNT: Final = """
    SELECT count(*), count(CASE WHEN key_id = '' THEN 1 END) FROM portcall_connections"""


class Cursor(Protocol):
    """The result of a statement (PEP 249)."""

    @property
    def rowcount(self) -> int:
        """How many rows a change has touched."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> Sequence[Any]:
        """Return the rows that are left."""


class Rows:
    """The rows of one store within one transaction.

    Args:
        execute: Runs a statement with ``?`` for each argument.
        sharing: Ends a SELECT that keeps others from changing the row.
        locking: Ends a SELECT that keeps others from reading it so, too.
    """

    def __init__(
        self, execute: Callable[[str, Sequence[Any]], Cursor], sharing: str = "", locking: str = ""
    ) -> None:
        self._execute: Final = execute
        self._key: Final = _KEY + sharing
        self._locking: Final = locking

    def key_id(self) -> str:
        """Return the key that writers use; it stays so until this transaction ends. Empty if none."""
        return str(self._execute(self._key, ()).fetchone()[0])

    def begin_encryption(self, key_id: str) -> None:
        """Let writers use this key from now on, if they use none so far."""
        self._execute(_BEGIN_ENCRYPTION, (key_id,))

    def change_key(self, used: str, key_id: str) -> bool:
        """Let writers use *key_id* instead of *used* from now on; return whether *used* was right."""
        return self._execute(_CHANGE_KEY, (key_id, used)).rowcount == 1

    def version(self) -> int:
        """Return the version of the tables."""
        return int(self._execute(_VERSION, ()).fetchone()[0])

    def names(self) -> list[str]:
        """Return every name, sorted."""
        return sorted(name for (name,) in self._execute(_NAMES, ()).fetchall())

    def names_without(self, key_id: str) -> list[str]:
        """Return the names of rows that are not encrypted with this key."""
        return [name for (name,) in self._execute(_NAMES_WITHOUT, (key_id,)).fetchall()]

    def all(self) -> list[Row]:
        """Return every row, sorted by name."""
        rows = [Row(*values) for values in self._execute(_ALL, ()).fetchall()]
        return sorted(rows, key=lambda row: row.name)

    def read(self, name: str, *, to_change: bool = False) -> Row | None:
        """Return one row, or None; *to_change* keeps others from changing it first."""
        query = _ONE + self._locking if to_change else _ONE
        values = self._execute(query, (name,)).fetchone()
        return Row(*values) if values else None

    def insert(self, row: Row) -> bool:
        """Add a row; return whether its name was free."""
        return self._execute(_INSERT, attrs.astuple(row)).rowcount == 1

    def update(self, row: Row, *, name: str, generation: int) -> bool:
        """Put *row* where *name* of this *generation* is; return whether it was there."""
        was = (name, generation, row.created_at)
        return self._execute(_UPDATE, (*attrs.astuple(row), *was)).rowcount == 1

    def delete(self, name: str) -> bool:
        """Remove a row; return whether it was there."""
        return self._execute(_DELETE, (name,)).rowcount == 1

    def count(self) -> tuple[int, int]:
        """Count the rows, and those that are not encrypted."""
        everything, readable = self._execute(_COUNT, ()).fetchone()
        return int(everything), int(readable)
