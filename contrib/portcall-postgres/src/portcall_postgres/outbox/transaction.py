"""One transaction, and the names of the tables in it."""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row

from portcall_postgres.dialing import Session

_NAMES: Final = (
    "events",
    "bodies",
    "lanes",
    "plans",
    "connections",
    "counts",
    "claims",
    "exchanges",
    "outcomes",
    "suspects",
)


class Transaction:
    """A transaction that has begun, or one statement that needs none of its own.

    Args:
        session: In the transaction.
        schema: That the tables are in, quoted.

    Attributes:
        now_us: The instant of the transaction.
    """

    def __init__(self, session: Session, schema: str, now_us: int) -> None:
        self._session: Final = session
        self._schema: Final = schema
        self.now_us: Final = now_us

    def run(self, statement: str, *arguments: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement in which ``@`` stands before the name of each table of the outbox."""
        cursor = self._session.cursor(row_factory=tuple_row)
        return cursor.execute(with_names(statement, self._schema), arguments)

    def rows(self, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Run a statement, and return its rows."""
        return self.run(statement, *arguments).fetchall()

    def row(self, statement: str, *arguments: Any) -> tuple[Any, ...] | None:
        """Run a statement, and return its first row."""
        return self.run(statement, *arguments).fetchone()


def with_names(statement: str, schema: str) -> bytes:
    """Return a statement with the full name of each table where ``@`` stands before a short one."""
    text = statement.replace("@ids", f"{schema}.portcall_outbox_ids")
    for name in _NAMES:
        text = text.replace(f"@{name}", f"{schema}.portcall_outbox_{name}")
    return text.replace("@", f"{schema}.portcall_outbox").encode()
