"""Finds the rows of a key: the newest in memory, all others in sorted segments that are written once.

An index over all rows would be written to at another place for each event: at ten million rows that takes
longer than sending one. Here the rows since the last segment, at most `SEGMENT`, are read once and kept in
memory; then they become a segment, and `FAN` segments become one. A filter in memory says of nearly every
new number that it is in none of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from portcall.runs.ledger.key_filter import SCHEMA as FILTER_SCHEMA, KeyFilter

SEGMENT: Final = 100_000
FAN: Final = 10
_MOST_VARIABLES: Final = 900

SCHEMA: Final = f"""{FILTER_SCHEMA}
CREATE TABLE IF NOT EXISTS segments (
    id INTEGER PRIMARY KEY, level INTEGER NOT NULL, last INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sealed (
    segment INTEGER NOT NULL, number INTEGER NOT NULL, event INTEGER NOT NULL,
    PRIMARY KEY (segment, number, event)
) WITHOUT ROWID;
"""


class KeyIndex:
    """The rows of keys; the caller has the transaction.

    Args:
        sql: Of the ledger.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql: Final = sql
        self._filter: Final = KeyFilter(sql)
        self._recent: Final[dict[int, dict[int, int]]] = {}

    def find(self, scope: int, numbers: Iterable[int]) -> dict[int, int]:
        """Return the latest row of each number; one that is gone may be among them.

        Args:
            scope: What all of the numbers belong to: only this process adds numbers to it meanwhile.
            numbers: Of keys.
        """
        recent = self._recent_of(scope)
        found = {number: recent[number] for number in numbers if number in recent}
        old = [number for number in numbers if number not in found] if found else list(numbers)
        return found | self._find_sealed(self._filter.may_have(old, self.sealed_through()))

    def _find_sealed(self, numbers: Sequence[int]) -> dict[int, int]:
        segments = [row[0] for row in self._sql.execute("SELECT id FROM segments")]
        found: dict[int, int] = {}
        most = _MOST_VARIABLES - len(segments)
        for start in range(0, len(numbers) if segments else 0, most):
            part = numbers[start : start + most]
            rows = self._sql.execute(
                "SELECT number, max(event) FROM sealed "  # noqa: S608  # marks alone
                f"WHERE segment IN ({_marks(segments)}) AND number IN ({_marks(part)}) GROUP BY number",
                (*segments, *part),
            )
            found.update(rows.fetchall())
        return found

    def all_sealed(self, numbers: Sequence[int]) -> list[int]:
        """Return every row of a few numbers in the segments."""
        segments = [row[0] for row in self._sql.execute("SELECT id FROM segments")]
        rows = self._sql.execute(
            "SELECT event FROM sealed "  # noqa: S608  # marks alone
            f"WHERE segment IN ({_marks(segments)}) AND number IN ({_marks(numbers)})",
            (*segments, *numbers),
        )
        return [row[0] for row in rows]

    def sealed_through(self) -> int:
        """Return the last row that is in a segment."""
        [last] = self._sql.execute("SELECT coalesce(max(last), 0) FROM segments").fetchone()
        return int(last)

    def add(self, scope: int, rows: Iterable[tuple[int, int]]) -> None:
        """Take numbers with their new rows."""
        self._recent_of(scope).update(rows)

    def seal(self, last: int) -> None:
        """Make a segment of what is in none, if that is enough for one.

        Args:
            last: The last row that there is.
        """
        begin = self.sealed_through()
        if last - begin < SEGMENT:
            return
        segment = self._begin(0, last)
        self._sql.execute(
            "INSERT INTO sealed SELECT ?, number, id FROM events WHERE id > ? AND id <= ? "
            "ORDER BY number, id",
            (segment, begin, last),
        )
        self._filter.seal(begin, last)
        self._recent.clear()
        self._merge()

    def forget(self, first: int) -> None:
        """Forget the segments in which no row is left.

        Args:
            first: The first row that there is.
        """
        for [segment] in self._sql.execute(
            "SELECT id FROM segments WHERE last < ?", (first,)
        ).fetchall():
            self._remove(segment)

    def _merge(self) -> None:
        small = self._sql.execute("SELECT id, last FROM segments WHERE level = 0").fetchall()
        if len(small) < FAN:
            return
        merged = self._begin(1, max(last for _, last in small))
        ids = [segment for segment, _ in small]
        self._sql.execute(
            "INSERT INTO sealed SELECT ?, number, event FROM sealed "  # noqa: S608  # marks alone
            f"WHERE segment IN ({_marks(ids)}) ORDER BY number, event",
            (merged, *ids),
        )
        for segment in ids:
            self._remove(segment)

    def _begin(self, level: int, last: int) -> int:
        made = self._sql.execute("INSERT INTO segments (level, last) VALUES (?, ?)", (level, last))
        return int(made.lastrowid or 0)

    def _remove(self, segment: int) -> None:
        self._sql.execute("DELETE FROM sealed WHERE segment = ?", (segment,))
        self._sql.execute("DELETE FROM segments WHERE id = ?", (segment,))

    def _recent_of(self, scope: int) -> dict[int, int]:
        if scope not in self._recent:
            rows = self._sql.execute(
                "SELECT number, id FROM events WHERE id > ? AND scope = ? ORDER BY id",
                (self.sealed_through(), scope),
            )
            self._recent[scope] = dict(rows.fetchall())
        return self._recent[scope]


def _marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))
