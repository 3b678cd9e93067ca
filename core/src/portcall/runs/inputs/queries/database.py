"""Databases as a query needs them: opened for reading only, their rows taken as they come."""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.optional_packages import needed

URL_SCHEMES: Final = ("postgresql://", "postgres://")
_SQLITE_MAGIC: Final = b"SQLite format 3\0"
_DUCKDB_MAGIC: Final = b"DUCK"
_ROWS: Final = 512
_CONNECT_S: Final = 10


class Database(ABC):
    """A database that is open for reading.

    Args:
        name: For messages, without a password.
        errors: What it raises.
    """

    def __init__(self, name: str, errors: tuple[type[Exception], ...]) -> None:
        self.name = name
        self.errors = errors

    @abstractmethod
    def select(self, query: str) -> tuple[list[str], Iterator[Any]]:
        """Run a query; return the names of its columns, and its rows as they come."""

    @abstractmethod
    def close(self) -> None:
        """Close the database."""


class _Sqlite(Database):
    def __init__(self, path: str) -> None:
        super().__init__(path, (sqlite3.Error,))
        place = f"file:{quote(str(Path(path).resolve()))}?mode=ro"
        # The thread that reads is not the one that opens; one reads at a time.
        self._session = sqlite3.connect(place, uri=True, check_same_thread=False)

    def select(self, query: str) -> tuple[list[str], Iterator[Any]]:
        cursor = self._session.execute(query)
        return _names(cursor.description), iter(cursor)

    def close(self) -> None:
        self._session.close()


class _DuckDB(Database):
    def __init__(self, path: str) -> None:
        duckdb = needed("duckdb", "duckdb", path, "a DuckDB file")
        super().__init__(path, (duckdb.Error,))
        try:
            self._session = duckdb.connect(path, read_only=True)
        except self.errors as exc:
            raise InputError(f"{path}: {' '.join(str(exc).split())[:300]}") from None

    def select(self, query: str) -> tuple[list[str], Iterator[Any]]:
        cursor = self._session.cursor()
        cursor.execute(query)
        return _names(cursor.description), _fetched(cursor)

    def close(self) -> None:
        self._session.close()


class _Postgres(Database):
    def __init__(self, url: str) -> None:
        psycopg = needed("psycopg", "postgres", shown_source(url), "a PostgreSQL server")
        super().__init__(shown_source(url), (psycopg.Error,))
        try:
            self._session = psycopg.connect(
                url, connect_timeout=_CONNECT_S, options="-c default_transaction_read_only=on"
            )
        except self.errors as exc:
            said = " ".join(str(exc).split())[:300]
            password = urlsplit(url).password
            for secret in filter(None, {password, unquote(password or "")}):
                said = said.replace(secret, "***")
            raise InputError(f"{self.name}: {said}") from None
        self._cursors: list[Any] = []

    def select(self, query: str) -> tuple[list[str], Iterator[Any]]:
        # A cursor of the server, which sends a limited number of rows at a time.
        cursor = self._session.cursor(f"portcall_{len(self._cursors)}")
        self._cursors.append(cursor)
        cursor.itersize = _ROWS
        cursor.execute(query)
        return _names(cursor.description), iter(cursor)

    def close(self) -> None:
        try:
            for cursor in self._cursors:
                cursor.close()
        except self.errors:  # the server has gone, and its cursors with it
            pass
        finally:
            self._session.close()


def open_database(source: str) -> Database | None:
    """Open the database that a path or URL names; None if it is none.

    Raises:
        InputError: It cannot be opened, or the package that reads it is not installed.
    """
    if is_url(source):
        return _Postgres(source)
    try:
        with Path(source).open("rb") as file:
            begun = file.read(16)
    except OSError as exc:
        raise InputError(f"{source}: {exc.strerror}") from None
    if begun == _SQLITE_MAGIC:
        return _Sqlite(source)
    return _DuckDB(source) if begun[8:12] == _DUCKDB_MAGIC else None


def database_kind(begun: bytes) -> str:
    """Return what kind of database a file is by its first bytes; empty if it is none."""
    if begun.startswith(_SQLITE_MAGIC):
        return "a SQLite file"
    return "a DuckDB file" if begun[8:12] == _DUCKDB_MAGIC else ""


def is_url(source: str) -> bool:
    """Return whether a source is the URL of a database."""
    return source.startswith(URL_SCHEMES)


def shown_source(source: str) -> str:
    """Return a source for messages and names of files: of a URL without user, password and options."""
    if not is_url(source):
        return source
    parts = urlsplit(source)
    host = parts.hostname or ""
    return f"postgresql://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _names(description: Any) -> list[str]:
    return [str(column[0]) for column in description or ()]


def _fetched(cursor: Any) -> Iterator[Any]:
    while rows := cursor.fetchmany(_ROWS):
        yield from rows
