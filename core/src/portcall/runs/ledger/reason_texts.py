"""The reasons in a ledger, each text once."""

from __future__ import annotations

import sqlite3
from typing import Final

MOST_REASONS: Final = 20_000
"""The most reasons that are kept word for word; further ones are called `OTHER`."""

OTHER: Final = "another reason; the dead letters of the run have it"


class ReasonTexts:
    """Numbers of reasons; asked within a transaction.

    Args:
        sql: The ledger's file.
    """

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql: Final = sql
        self._numbers: Final[dict[str, int]] = {}

    def number(self, text: str) -> int | None:
        """Return the number of a text, which is added if it is new; None if it is empty."""
        if not text:
            return None
        if text not in self._numbers:
            [many] = self._sql.execute("SELECT count(*) FROM reasons").fetchone()
            found = self._sql.execute("SELECT id FROM reasons WHERE text = ?", (text,)).fetchone()
            if found is None and many >= MOST_REASONS and text != OTHER:
                return self.number(OTHER)
            if found is None:
                found = (
                    self._sql.execute("INSERT INTO reasons (text) VALUES (?)", (text,)).lastrowid,
                )
            if len(self._numbers) > MOST_REASONS:
                self._numbers.clear()
            self._numbers[text] = int(found[0])
        return self._numbers[text]
