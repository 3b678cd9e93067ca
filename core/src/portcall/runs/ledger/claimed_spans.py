"""The spans of rows in a ledger that were written at once: whose they are, and what of them is under way.

An index over all rows by subscription, and one over those without an outcome, would each be written to for
every event, and twice. A span is one row for some hundred events, and becomes one with its neighbour when all
of its events have their outcomes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

LONGEST: Final = 100_000

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS spans (
    first INTEGER PRIMARY KEY, last INTEGER NOT NULL, scope INTEGER NOT NULL, begun INTEGER NOT NULL
);
"""


class ClaimedSpans:
    """The spans; the caller has the transaction.

    Args:
        sql: Of the ledger.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql: Final = sql

    def add(self, first: int, last: int, scope: int, begun: int = 0) -> None:
        """Take rows that were added.

        Args:
            first: The first of them.
            last: The last.
            scope: What all of them belong to.
            begun: How many have no outcome yet.
        """
        if last >= first:
            self._sql.execute(
                "INSERT INTO spans (first, last, scope, begun) VALUES (?, ?, ?, ?)",
                (first, last, scope, begun),
            )

    def last(self) -> int:
        """Return the last row of all; 0 if there is none."""
        [last] = self._sql.execute(
            "SELECT coalesce((SELECT last FROM spans ORDER BY first DESC LIMIT 1), 0)"
        ).fetchone()
        return int(last)

    def settle(self, rows: Iterable[tuple[int, int]]) -> None:
        """Take the first and the last of rows that have an outcome now."""
        for a, b in rows:
            touched = self._sql.execute(
                "SELECT first, last, begun FROM spans WHERE first BETWEEN "
                "coalesce((SELECT max(first) FROM spans WHERE first <= ?), ?) AND ? AND begun > 0",
                (a, a, b),
            ).fetchall()
            for first, last, begun in touched:
                left = begun - max(0, min(b, last) - max(a, first) + 1)
                self._sql.execute(
                    "UPDATE spans SET begun = ? WHERE first = ?", (max(left, 0), first)
                )
                if left <= 0:
                    self._merge(first)

    def forget(self, first: int) -> None:
        """Forget the spans in which no row is left.

        Args:
            first: The first row that there is.
        """
        self._sql.execute("DELETE FROM spans WHERE last < ?", (first,))

    def _merge(self, first: int) -> None:
        """Make one span of a span and the one before it."""
        found = self._sql.execute(
            "SELECT before.first, this.last FROM spans AS this, spans AS before WHERE this.first = ? "
            "AND before.first = (SELECT max(first) FROM spans WHERE first < ?) "
            "AND before.last = this.first - 1 AND before.scope = this.scope "
            "AND before.begun = 0 AND this.last - before.first < ?",
            (first, first, LONGEST),
        ).fetchone()
        if found is not None:
            self._sql.execute("DELETE FROM spans WHERE first = ?", (first,))
            self._sql.execute("UPDATE spans SET last = ? WHERE first = ?", found[::-1])
