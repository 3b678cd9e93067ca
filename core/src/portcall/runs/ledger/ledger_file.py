"""The ledger of a state folder: a row for each time that an event with a key went out, or did not.

Rows are only added at the end, so that their numbers ascend with time: the oldest go first, and a range of
time is a range of rows. `KeyIndex` finds the rows of a key.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from threading import RLock
from time import time
from typing import Any, Final, Self

from portcall.errors import SettingsError
from portcall.runs.ledger.claimed_spans import ClaimedSpans
from portcall.runs.ledger.key_index import SEGMENT, KeyIndex
from portcall.runs.ledger.reason_texts import ReasonTexts
from portcall.runs.ledger.tables import Outcomes, Row, open_tables

FILE_NAME: Final = "ledger.sqlite3"
MOST_EVENTS: Final = 20_000_000
"""The most rows that are kept, about 1.5 GB; the oldest go first."""


FORGET_AT_ONCE: Final = 20_000
_INSERT: Final = (
    "INSERT INTO events (id, number, scope, run, entry, at, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_STANDING: Final = (
    "SELECT id, run, entry, outcome FROM events WHERE id = ? AND number = ? AND at >= ?"
)


class Ledger:
    """The file; used by all threads of a run, and by several runs at once.

    Args:
        path: Of the file; its folder is made, and the file is for this user only.

    Raises:
        SettingsError: It cannot be opened, or belongs to a newer version of portcall.
    """

    def __init__(self, path: Path) -> None:
        self.path: Final = path
        self._lock: Final = RLock()
        with self._saying_why():
            self._sql: Final = open_tables(path)
            try:
                self._index: Final = KeyIndex(self._sql)
                self._spans: Final = ClaimedSpans(self._sql)
                self._reasons: Final = ReasonTexts(self._sql)
            except BaseException:
                self._sql.close()
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._sql.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def scope(self, connection: str, subscription: str) -> int:
        """Return the number of a subscription of a connection."""
        return self._id("scopes", ("connection", "subscription"), (connection, subscription))

    def run(self, word: str, source: str, unit: str) -> int:
        """Return the number of a run; the same word is the same run, resumed."""
        # A file's name in bytes that are not UTF-8, as a terminal shows it: SQLite keeps UTF-8 only.
        shown = source.encode(errors="backslashreplace").decode()
        with self._writing():
            self._sql.execute(
                "INSERT OR IGNORE INTO runs (word, input, unit) VALUES (?, ?, ?)",
                (word, shown, unit),
            )
        [found] = self._sql.execute("SELECT id FROM runs WHERE word = ?", (word,)).fetchone()
        return int(found)

    def claim(
        self, scope: int, run: int, events: Mapping[int, int], since: float, *, again: bool
    ) -> tuple[dict[int, Row], dict[int, int]]:
        """Look events up, and write down, in one transaction, that the new ones are about to be sent.

        Args:
            scope: From `scope`.
            run: From `run`.
            events: From the number of each key to that of the entry.
            since: Seconds since the epoch: what is older is forgotten.
            again: Write all of them down, whatever is remembered.

        Returns:
            What is remembered, by the key's number; and the rows that were made, by the entry's number.
        """
        with self._writing():
            known = self._known(scope, events, since)
            # What was not sent before, or is to be corrected, may be sent: it gets another row.
            stands = () if again else {n for n, row in known.items() if row.outcome in _STANDS}
            new = {n: e for n, e in events.items() if n not in stands} if stands else events
            first = self._next_id()
            rows = range(first, first + len(new))
            self._sql.executemany(
                "INSERT INTO events (id, number, entry, scope, run, at, outcome) "  # noqa: S608  # numbers alone
                f"VALUES (?, ?, ?, {int(scope)}, {int(run)}, {int(time())}, {_BEGUN})",
                zip(rows, new, new.values(), strict=True),
            )
            self._spans.add(first, rows.stop - 1, scope, len(new))
            self._index.add(scope, zip(new, rows, strict=True))
            self._index.seal(rows.stop - 1)
        return known, dict(zip(new.values(), rows, strict=True))

    def append(self, rows: Iterable[tuple[int, int, int, int, int, int]]) -> None:
        """Add events whose outcomes are known, as many at once as make a segment of the index.

        Args:
            rows: The number of the key, scope, run and entry; when, in seconds since the epoch, ascending;
                and one of `Outcomes`.
        """
        each = iter(rows)
        while some := list(islice(each, SEGMENT)):
            with self._writing():
                first = self._next_id()
                added = [(first + i, *row) for i, row in enumerate(some)]
                self._sql.executemany(_INSERT, added)
                for scope, group in groupby(added, key=itemgetter(2)):
                    ids = {row: number for row, number, *_ in group}
                    self._spans.add(min(ids), max(ids), scope)
                    self._index.add(scope, ((number, row) for row, number in ids.items()))
                self._index.seal(first + len(some) - 1)

    def settle(self, spans: Iterable[tuple[int, int, int, str]]) -> None:
        """Write down what became of events.

        Args:
            spans: The first and the last row of each span, their outcome and its reason, redacted.
        """
        at = int(time())
        with self._writing():
            rows = [(o, at, self._reasons.number(reason), a, b) for a, b, o, reason in spans]
            self._spans.settle(row[3:] for row in rows)
            self._sql.executemany(
                "UPDATE events SET outcome = ?, at = ?, reason = ? WHERE id BETWEEN ? AND ?", rows
            )

    def release(self, rows: Sequence[int]) -> None:
        """Forget rows of events that were not sent after all."""
        with self._writing():
            self._sql.executemany("DELETE FROM events WHERE id = ?", [(row,) for row in rows])
            self._spans.settle((row, row) for row in rows)

    def forget(self, before: float, most: int = MOST_EVENTS) -> int:
        """Forget what is older than an instant, and the oldest of what is too many; return how many.

        Args:
            before: Seconds since the epoch.
            most: The most rows that are kept.
        """
        forgotten = 0
        while True:
            with self._writing():
                last = self._last_before(before)
                [end] = self._sql.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
                through = max(last, end - most)
                found = self._sql.execute(
                    "DELETE FROM events WHERE id IN "
                    "(SELECT id FROM events WHERE id <= ? ORDER BY id LIMIT ?)",
                    (through, FORGET_AT_ONCE),
                ).rowcount
                [begin] = self._sql.execute("SELECT min(id) FROM events").fetchone()
                begin = self._next_id() if begin is None else begin
                self._index.forget(begin)
                self._spans.forget(begin)
            forgotten += found
            if found < FORGET_AT_ONCE:
                return forgotten

    def query(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a question."""
        with self._lock, self._saying_why(), closing(self._sql.execute(sql, values)) as rows:
            found = rows.fetchall()
        yield from found

    def spans(
        self, scopes: Iterable[int], since: int = 0, *, is_begun: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Return the first and the last row of spans that were written at once, the newest first.

        Args:
            scopes: Whose.
            since: A row: spans that end before it are left out.
            is_begun: Those with rows that have no outcome.
        """
        where = f"scope IN ({','.join(map(str, scopes))}) AND last >= ? AND begun >= ?"
        sql = f"SELECT first, last FROM spans WHERE {where} ORDER BY first DESC"  # noqa: S608  # numbers
        return self.query(sql, (since, int(is_begun)))

    def rows_of(self, numbers: Sequence[int]) -> list[int]:
        """Return the rows in which numbers of keys are."""
        rows = self._index.all_sealed(numbers)
        marks = ",".join("?" * len(numbers))
        rows += [
            row[0]
            for row in self._sql.execute(
                f"SELECT id FROM events WHERE id > ? AND number IN ({marks})",  # noqa: S608
                (self._index.sealed_through(), *numbers),
            )
        ]
        return rows

    def first_since(self, instant: float) -> int:
        """Return the number of the first row at an instant or after it."""
        return self._last_before(instant) + 1

    def _known(self, scope: int, numbers: Iterable[int], since: float) -> dict[int, Row]:
        known: dict[int, Row] = {}
        for number, event in self._index.find(scope, numbers).items():
            # A row that was released may be another event's by now.
            row = self._sql.execute(_STANDING, (event, number, since)).fetchone()
            if row is not None:
                known[number] = Row(*row)
        return known

    def _id(self, table: str, names: tuple[str, ...], values: tuple[str, ...]) -> int:
        where = " AND ".join(f"{name} = ?" for name in names)
        with self._writing():
            marks = ", ".join("?" * len(values))
            self._sql.execute(
                f"INSERT OR IGNORE INTO {table} ({', '.join(names)}) VALUES ({marks})",  # noqa: S608
                values,
            )
            [found] = self._sql.execute(
                f"SELECT id FROM {table} WHERE {where}",  # noqa: S608
                values,
            ).fetchone()
        return int(found)

    def _next_id(self) -> int:
        [last] = self._sql.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
        # Rows that were released, or forgotten, are in segments and spans still.
        return max(int(last), self._index.sealed_through(), self._spans.last()) + 1

    def _last_before(self, instant: float) -> int:
        """Return the number of the last row before an instant, by halving: their times ascend, about."""
        with self._lock:
            [low] = self._sql.execute("SELECT coalesce(min(id), 1) - 1 FROM events").fetchone()
            [high] = self._sql.execute("SELECT coalesce(max(id), 0) FROM events").fetchone()
            while low < high:
                middle = (low + high + 1) // 2
                row = self._sql.execute(
                    "SELECT id, at FROM events WHERE id <= ? ORDER BY id DESC LIMIT 1", (middle,)
                ).fetchone()
                if row is None or row[1] < instant:
                    low = middle
                else:
                    high = row[0] - 1
            return int(low)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction; what is in it is written as a whole, or not at all."""
        with self._lock, self._saying_why():
            self._sql.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._sql.execute("ROLLBACK")
                raise
            self._sql.execute("COMMIT")

    @contextmanager
    def _saying_why(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as exc:
            raise SettingsError(
                f"the ledger {self.path} cannot be used: {exc}; name another folder with --state"
            ) from None


_BEGUN: Final = int(Outcomes.BEGUN)
_NONE: Final = Row(0, 0, 0, -1)
_STANDS: Final = frozenset({Outcomes.DELIVERED, Outcomes.UNCERTAIN, Outcomes.BEGUN})
