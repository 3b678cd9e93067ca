"""The rows that a query finds, numbered by a key column if there is one."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from difflib import get_close_matches
from typing import Any
from zlib import crc32

from portcall.runs.inputs.entry import Entry
from portcall.runs.inputs.input_error import InputError
from portcall.runs.inputs.queries.database import Database
from portcall.runs.inputs.tables.row_reader import RowReader


class QueryRows(RowReader):
    """The rows of a query, as they come.

    With a key of whole numbers, a row's number is its key: an earlier run is resumed behind its last one,
    whatever became of the rows before. With any other key, rows are in its order, and only keys are compared
    with those of an earlier run. Without one, rows are in the order of the query, and each is compared.

    Args:
        database: Open.
        query: One SELECT.
        key: The name of a column that is unique and never null; None without one.

    Raises:
        InputError: The query fails, or has no such column.
    """

    def __init__(self, database: Database, query: str, key: str | None) -> None:
        self._database = database
        self._query = query.strip().rstrip(";")
        self._key = key
        self._after = 0
        self._salt = crc32(f"{self._query}\n{key}".encode())
        names = self._select(self._over("*", "LIMIT 0"))[0]
        if key is not None:
            self._check_key(key, names)
        super().__init__(database.name)
        self._checksum = self._salt

    def close(self) -> None:
        """Close the database."""
        super().close()
        self._database.close()

    def skip(self, through: int) -> int | None:
        """Pass over all rows up to a number; with a key of numbers the database does so."""
        if not self._is_numbered:
            return super().skip(through)
        self._after = self._number = through
        return self._salt

    def check(self) -> None:
        """See that the key is unique and never null.

        Raises:
            InputError: It is not; nothing has been sent.
        """
        if self._key is None:
            return
        key = _quoted(self._key)
        least_of = f"min({key})" if self._is_numbered else "NULL"
        counts = f"count(*), count({key}), count(DISTINCT {key}), {least_of}"
        ((rows, filled, distinct, least),) = self._select(self._over(counts))[1]
        if not rows == filled == distinct:
            what = "is null in some rows" if filled < rows else "is not unique"
            raise self._error(f"the key {self._key!r} {what}; name a column that is unique")
        if self._is_numbered and least is not None and least < 1:
            raise self._error(
                f"the key {self._key!r} has {least}; whole numbers have to begin with 1"
            )

    def _check_key(self, key: str, names: list[str]) -> None:
        if key not in names:
            near = get_close_matches(key, names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names)}"
            raise self._error(f"the query has no column {key!r}; {hint}")

    @property
    def _is_numbered(self) -> bool:
        if self._key is None:
            return False
        if not hasattr(self, "_has_numbers"):
            key = _quoted(self._key)
            some = self._over(key, f"WHERE {key} IS NOT NULL LIMIT 1")
            kinds = {type(value) for (value,) in self._select(some)[1]}
            self._has_numbers = kinds <= {int}
        return self._has_numbers

    def _read(self) -> Generator[Entry, None, None]:
        names, rows = self._ordered() if self._key is not None else self._select(self._query)
        found = self._columns(names)
        place = names.index(self._key) if self._key is not None else None
        number, last = 0, None
        for values in self._guarded(rows):
            number += 1
            if place is None:
                yield self._row(number, found, values)
                continue
            key = values[place]
            if key is None or key == last:
                raise self._error(f"the key {self._key!r} is {key!r} twice, or null")
            last = key
            before = self._checksum
            entry = self._row(key if self._is_numbered else number, found, values)
            self._checksum = self._salt if self._is_numbered else crc32(repr(key).encode(), before)
            yield entry.at(self._checksum)

    def _ordered(self) -> tuple[list[str], Iterator[Any]]:
        key = _quoted(self._key or "")
        if not self._is_numbered:
            return self._select(self._over("*", f"ORDER BY {key}"))
        # A whole number needs no placeholder, which each database writes in its own way.
        return self._select(self._over("*", f"WHERE {key} > {self._after:d} ORDER BY {key}"))

    def _over(self, columns: str, more: str = "") -> str:
        """Return a query over the rows of the operator's own, whose text it contains as it is."""
        return f"SELECT {columns} FROM ({self._query}\n) AS portcall_rows {more}"  # noqa: S608  # their own

    def _select(self, query: str) -> tuple[list[str], Iterator[Any]]:
        try:
            names, rows = self._database.select(query)
        except self._database.errors as exc:
            raise self._failed(exc) from None
        if not names:
            raise self._error("the query has no columns; give a SELECT")
        return names, rows

    def _guarded(self, rows: Iterator[Any]) -> Iterator[Any]:
        try:
            yield from rows
        except self._database.errors as exc:
            raise self._failed(exc) from None

    def _failed(self, exc: Exception) -> InputError:
        return self._error(f"the query failed: {' '.join(str(exc).split())[:300]}")

    def _error(self, what: str) -> InputError:
        return InputError(f"{self._database.name}: {what}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
